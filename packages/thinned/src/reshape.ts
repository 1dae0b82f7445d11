import { onlyOptions, printedShape } from "./argument.js";
import { ShapeError } from "./errors.js";
import { checkName, type LayerDefinition, type LayerOptions, PlainLayer } from "./layer.js";
import { checkInputShape, Layer } from "./symbolic.js";
import { sizeOf } from "./tensor.js";
import type { NetworkBuilder } from "./wasm/boundary.js";

/**
 * Returns a layer that gives a row another shape; the numbers keep their row-major order.
 *
 * Shapes: `[batch, ...shape]` → `[batch, ...targetShape]` of as many units.
 *
 * @param targetShape - without the batch
 * @throws ShapeError when a size is not positive
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { reshape, sequential } from "thinned";
 *
 * const model = sequential([reshape([2, 2, 1])], { inputShape: [4], seed: 1 });
 * assert.deepEqual(model.predict([[1, 2, 3, 4]]).shape, [1, 2, 2, 1]);
 * ```
 */
export function reshape(targetShape: readonly number[], options: LayerOptions = {}): Layer {
  return new Layer(new Reshape(targetShape, options), checkName("make a reshape layer", options.name));
}

export class Reshape extends PlainLayer implements LayerDefinition {
  readonly kind = "reshape";
  readonly config: { readonly targetShape: readonly number[] };

  constructor(targetShape: unknown, options: LayerOptions) {
    super();
    const action = "make a reshape layer";
    onlyOptions(action, options, ["name"]);
    this.config = { targetShape: checkInputShape(action, "targetShape", targetShape) };
  }

  outputShape(action: string, [source = []]: readonly (readonly number[])[]): number[] {
    const { targetShape } = this.config;
    if (sizeOf(source) !== sizeOf(targetShape)) {
      throw new ShapeError(
        `Cannot ${action}: its input is ${printedShape(["batch", ...source])}, ${sizeOf(source)} units, which ${printedShape(targetShape)} does not hold`,
      );
    }
    return [...targetShape];
  }

  addTo(builder: NetworkBuilder, name: string, [source = 0]: Uint32Array): number {
    return builder.reshape(name, source, Uint32Array.from(this.config.targetShape));
  }
}
