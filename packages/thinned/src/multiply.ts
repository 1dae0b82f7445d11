import { onlyOptions } from "./argument.js";
import { checkName, equalShapes, type LayerDefinition, type LayerOptions, PlainLayer } from "./layer.js";
import { MergeLayer } from "./symbolic.js";
import type { NetworkBuilder } from "./wasm/boundary.js";

/**
 * Returns a layer that multiplies its sources unit by unit, as gating and attention do.
 *
 * Shapes: two or more of `[batch, ...shape]` → the same.
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { graph, input, multiply } from "thinned";
 *
 * const x = input([2]);
 * const net = graph({ inputs: x, outputs: multiply().apply([x, x]), seed: 1 });
 * assert.deepEqual([...net.predict([[1, 2]]).data], [1, 4]);
 * ```
 */
export function multiply(options: LayerOptions = {}): MergeLayer {
  return new MergeLayer(new Multiply(options), checkName("make a multiply layer", options.name));
}

export class Multiply extends PlainLayer implements LayerDefinition {
  readonly kind = "multiply";
  readonly config = {};

  constructor(options: LayerOptions) {
    super();
    onlyOptions("make a multiply layer", options, ["name"]);
  }

  outputShape(action: string, sources: readonly (readonly number[])[]): number[] {
    return equalShapes(action, sources);
  }

  addTo(builder: NetworkBuilder, name: string, sources: Uint32Array): number {
    return builder.multiply(name, sources);
  }
}
