import { onlyOptions } from "./argument.js";
import { checkName, type LayerDefinition, type LayerOptions, PlainLayer } from "./layer.js";
import { Layer } from "./symbolic.js";
import { sizeOf } from "./tensor.js";
import type { NetworkBuilder } from "./wasm/boundary.js";
import {
  checkPadding,
  checkSides,
  type Padding,
  type Sides,
  type WindowConfig,
  windowArguments,
  windowsOver,
} from "./window.js";

/** The options of {@link maxPool2d} and {@link averagePool2d}. */
export interface Pool2dOptions extends LayerOptions {
  /** Height and width of the window; default 2. */
  readonly poolSize?: Sides | undefined;
  /** From one window to the next; default `poolSize`. */
  readonly strides?: Sides | undefined;
  /** Default `"valid"`. */
  readonly padding?: Padding | undefined;
}

/**
 * Returns a layer that takes the largest number under a window, of each channel.
 *
 * Shapes: `[batch, height, width, channels]` → `[batch, newHeight, newWidth, channels]`.
 *
 * @throws RangeError when a size is out of range
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { maxPool2d, sequential } from "thinned";
 *
 * const model = sequential([maxPool2d({ poolSize: 2 })], { inputShape: [2, 2, 1], seed: 1 });
 * assert.deepEqual([...model.predict([[[[1], [2]], [[3], [4]]]]).data], [4]);
 * ```
 */
export function maxPool2d(options: Pool2dOptions = {}): Layer {
  return new Layer(new Pool2d("maxPool2d", options), checkName("make a maxPool2d layer", options.name));
}

/**
 * Returns a layer that takes the mean under a window, of each channel, over the cells inside the image.
 *
 * Shapes: `[batch, height, width, channels]` → `[batch, newHeight, newWidth, channels]`.
 *
 * @throws RangeError when a size is out of range
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { averagePool2d, sequential } from "thinned";
 *
 * const model = sequential([averagePool2d({ poolSize: 2, padding: "same" })], { inputShape: [2, 3, 1], seed: 1 });
 * assert.deepEqual([...model.predict([[[[1], [2], [5]], [[3], [4], [7]]]]).data], [2.5, 6]);
 * ```
 */
export function averagePool2d(options: Pool2dOptions = {}): Layer {
  return new Layer(
    new Pool2d("averagePool2d", options),
    checkName("make an averagePool2d layer", options.name),
  );
}

/** The settings of a pooling layer, as a model file holds them. */
export type Pool2dConfig = Omit<WindowConfig, "kernelSize" | "dilationRate"> & {
  readonly poolSize: readonly [number, number];
};

export class Pool2d extends PlainLayer implements LayerDefinition {
  readonly kind: "maxPool2d" | "averagePool2d";
  readonly config: Pool2dConfig;

  constructor(kind: "maxPool2d" | "averagePool2d", options: Pool2dOptions) {
    super();
    const action = `make ${kind === "maxPool2d" ? "a" : "an"} ${kind} layer`;
    onlyOptions(action, options, ["name", "poolSize", "strides", "padding"]);
    const { poolSize = 2, strides = poolSize, padding = "valid" } = options;
    this.kind = kind;
    this.config = {
      poolSize: checkSides(action, "poolSize", poolSize),
      strides: checkSides(action, "strides", strides),
      padding: checkPadding(action, padding),
    };
  }

  get #window(): WindowConfig {
    const { poolSize, strides, padding } = this.config;
    return { kernelSize: poolSize, strides, dilationRate: [1, 1], padding };
  }

  outputShape(action: string, [source = []]: readonly (readonly number[])[]): number[] {
    return [...windowsOver(action, source, this.#window), source[2] as number];
  }

  products(source: readonly number[]): number {
    const { poolSize } = this.config;
    return sizeOf(this.outputShape("pool", [source])) * poolSize[0] * poolSize[1];
  }

  addTo(builder: NetworkBuilder, name: string, [source = 0]: Uint32Array): number {
    const kind = this.kind === "maxPool2d" ? "max" : "average";
    return builder.pool2d(name, source, kind, windowArguments(this.#window), this.config.padding);
  }
}
