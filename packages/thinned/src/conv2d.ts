import {
  type Activation,
  type ActivationConfig,
  activationArguments,
  checkActivation,
} from "./activation.js";
import { boolean, integer, onlyOptions } from "./argument.js";
import {
  checkInitializers,
  type InitializerOptions,
  type InitializersConfig,
  initialize,
  initializerOptions,
} from "./initializer.js";
import {
  checkName,
  checkUnits,
  imageOf,
  type LayerDefinition,
  type LayerOptions,
  MOST_UNITS,
  type ParameterShape,
  PlainLayer,
} from "./layer.js";
import {
  checkRegularizers,
  type RegularizerConfig,
  type RegularizerOptions,
  regularize,
  regularizerOptions,
} from "./regularizer.js";
import { Layer } from "./symbolic.js";
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

/** The options of {@link conv2d}. */
export interface Conv2dOptions extends LayerOptions, InitializerOptions, RegularizerOptions {
  /** Height and width of the kernel. */
  readonly kernelSize: Sides;
  /** From one window to the next; default 1. */
  readonly strides?: Sides | undefined;
  /** Default `"valid"`. */
  readonly padding?: Padding | undefined;
  /** From one cell of a window to the next; default 1. */
  readonly dilationRate?: Sides | undefined;
  /** Applied to the pre-activations, softmax over the filters; default `"linear"`. */
  readonly activation?: Activation | undefined;
  /** Whether a bias is added; default true. */
  readonly useBias?: boolean | undefined;
}

/**
 * Returns a convolution of images: each filter's weighted sum over the window at every place, as in Keras and TensorFlow.js.
 *
 * Shapes: `x [batch, height, width, channels]`, `kernel [kernelHeight, kernelWidth, channels, filters]`, `bias [filters]` →
 * `[batch, newHeight, newWidth, filters]`. Cost: kernel size times channels times units of the output.
 *
 * @param filters - channels of the output, an integer in `[1, 2^24]`
 * @throws RangeError when a size is out of range, or the activation is unknown
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { conv2d, dense, dropout, flatten, maxPool2d, sequential } from "thinned";
 *
 * const model = sequential(
 *   [
 *     conv2d(4, { kernelSize: 3, padding: "same", activation: "relu", kernelInitializer: "heNormal" }),
 *     maxPool2d({ poolSize: 2 }),
 *     flatten(),
 *     dropout(0.5),
 *     dense(3, { activation: "softmax" }),
 *   ],
 *   { inputShape: [8, 8, 1], seed: 1 },
 * );
 * assert.deepEqual(model.layers.map((layer) => layer.outputShape), [[8, 8, 4], [4, 4, 4], [64], [64], [3]]);
 * assert.deepEqual(model.getWeights()[0]?.shape, [3, 3, 1, 4]);
 * ```
 */
export function conv2d(filters: number, options: Conv2dOptions): Layer {
  return new Layer(new Conv2d(filters, options), checkName("make a conv2d layer", options.name));
}

/** The settings of a convolution, as a model file holds them. */
export interface Conv2dConfig extends WindowConfig, InitializersConfig, RegularizerConfig {
  readonly filters: number;
  readonly activation: ActivationConfig;
  readonly useBias: boolean;
}

export class Conv2d extends PlainLayer implements LayerDefinition {
  readonly kind = "conv2d";
  override readonly activated = true;
  readonly config: Conv2dConfig;

  constructor(filters: unknown, options: Partial<Conv2dOptions>) {
    super();
    const action = "make a conv2d layer";
    onlyOptions(action, options, [
      ...["name", "kernelSize", "strides", "padding", "dilationRate", "activation", "useBias"],
      ...initializerOptions,
      ...regularizerOptions,
    ]);
    const {
      strides = 1,
      padding = "valid",
      dilationRate = 1,
      activation = "linear",
      useBias = true,
    } = options;
    this.config = {
      filters: integer(action, "filters", filters, 1, MOST_UNITS),
      kernelSize: checkSides(action, "kernelSize", options.kernelSize),
      strides: checkSides(action, "strides", strides),
      dilationRate: checkSides(action, "dilationRate", dilationRate),
      padding: checkPadding(action, padding),
      activation: checkActivation(action, activation),
      useBias: boolean(action, "useBias", useBias),
      ...checkInitializers(action, options),
      ...checkRegularizers(action, options, useBias),
    };
  }

  outputShape(action: string, [source = []]: readonly (readonly number[])[]): number[] {
    return checkUnits(action, [...windowsOver(action, source, this.config), this.config.filters]);
  }

  override parameters([, , channels = 0]: readonly number[]): ParameterShape[] {
    const { kernelSize, filters, useBias } = this.config;
    const kernel: ParameterShape = { part: "kernel", shape: [...kernelSize, channels, filters] };
    return useBias ? [kernel, { part: "bias", shape: [filters] }] : [kernel];
  }

  products(source: readonly number[]): number {
    const action = "apply a conv2d layer";
    const [down, across] = windowsOver(action, source, this.config);
    const { kernelSize, filters } = this.config;
    return down * across * kernelSize[0] * kernelSize[1] * imageOf(action, source)[2] * filters;
  }

  addTo(
    builder: NetworkBuilder,
    name: string,
    [source = 0]: Uint32Array,
    sharedWith: number | undefined,
  ): number {
    const { filters, padding, activation, useBias } = this.config;
    const [type, c, lambda] = activationArguments(activation);
    const window = windowArguments(this.config);
    const node = builder.conv2d(name, source, filters, window, padding, type, c, lambda, useBias, sharedWith);
    initialize(builder, node, this.config);
    if (sharedWith === undefined) regularize(builder, node, this.config, useBias);
    return node;
  }
}
