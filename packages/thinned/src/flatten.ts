import { onlyOptions } from "./argument.js";
import { checkName, type LayerDefinition, type LayerOptions, PlainLayer } from "./layer.js";
import { Layer } from "./symbolic.js";
import { sizeOf } from "./tensor.js";
import type { NetworkBuilder } from "./wasm/boundary.js";

/**
 * Returns a layer that makes one vector of a row, in row-major order: what stands between images and dense layers.
 *
 * Shapes: `[batch, ...shape]` → `[batch, units]`.
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { dense, flatten, sequential } from "thinned";
 *
 * const model = sequential([flatten(), dense(2)], { inputShape: [2, 2, 1], seed: 1 });
 * assert.deepEqual(model.predict([[[[1], [2]], [[3], [4]]]]).shape, [1, 2]);
 * ```
 */
export function flatten(options: LayerOptions = {}): Layer {
  return new Layer(new Flatten(options), checkName("make a flatten layer", options.name));
}

export class Flatten extends PlainLayer implements LayerDefinition {
  readonly kind = "flatten";
  readonly config = {};

  constructor(options: LayerOptions) {
    super();
    onlyOptions("make a flatten layer", options, ["name"]);
  }

  outputShape(_action: string, [source = []]: readonly (readonly number[])[]): number[] {
    return [sizeOf(source)];
  }

  addTo(builder: NetworkBuilder, name: string, [source = 0]: Uint32Array): number {
    return builder.reshape(name, source, new Uint32Array(0));
  }
}
