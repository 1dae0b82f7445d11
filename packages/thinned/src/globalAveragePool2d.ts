import { onlyOptions } from "./argument.js";
import { checkName, imageOf, type LayerDefinition, type LayerOptions, PlainLayer } from "./layer.js";
import { Layer } from "./symbolic.js";
import { sizeOf } from "./tensor.js";
import type { NetworkBuilder } from "./wasm/boundary.js";

/**
 * Returns a layer that takes the mean of each channel over the whole image.
 *
 * Shapes: `[batch, height, width, channels]` → `[batch, channels]`.
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { globalAveragePool2d, sequential } from "thinned";
 *
 * const model = sequential([globalAveragePool2d()], { inputShape: [1, 2, 2], seed: 1 });
 * assert.deepEqual(model.predict([[[[1, 2], [3, 6]]]]), { data: Float32Array.of(2, 4), shape: [1, 2] });
 * ```
 */
export function globalAveragePool2d(options: LayerOptions = {}): Layer {
  const definition = new GlobalAveragePool2d(options);
  return new Layer(definition, checkName("make a globalAveragePool2d layer", options.name));
}

export class GlobalAveragePool2d extends PlainLayer implements LayerDefinition {
  readonly kind = "globalAveragePool2d";
  readonly config = {};

  constructor(options: LayerOptions) {
    super();
    onlyOptions("make a globalAveragePool2d layer", options, ["name"]);
  }

  outputShape(action: string, [source = []]: readonly (readonly number[])[]): number[] {
    return [imageOf(action, source)[2]];
  }

  products(source: readonly number[]): number {
    return sizeOf(source);
  }

  addTo(builder: NetworkBuilder, name: string, [source = 0]: Uint32Array): number {
    return builder.globalAveragePool2d(name, source);
  }
}
