import { onlyOptions } from "./argument.js";
import { checkName, equalShapes, type LayerDefinition, type LayerOptions, PlainLayer } from "./layer.js";
import { MergeLayer } from "./symbolic.js";
import type { NetworkBuilder } from "./wasm/boundary.js";

/**
 * Returns a layer that adds its sources unit by unit, as residual connections do.
 *
 * Shapes: two or more of `[batch, ...shape]` → the same.
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { add, graph, input } from "thinned";
 *
 * const x = input([2]);
 * const net = graph({ inputs: x, outputs: add().apply([x, x]), seed: 1 });
 * assert.deepEqual([...net.predict([[1, 2]]).data], [2, 4]);
 * ```
 */
export function add(options: LayerOptions = {}): MergeLayer {
  return new MergeLayer(new Add(options), checkName("make an add layer", options.name));
}

export class Add extends PlainLayer implements LayerDefinition {
  readonly kind = "add";
  readonly config = {};

  constructor(options: LayerOptions) {
    super();
    onlyOptions("make an add layer", options, ["name"]);
  }

  outputShape(action: string, sources: readonly (readonly number[])[]): number[] {
    return equalShapes(action, sources);
  }

  addTo(builder: NetworkBuilder, name: string, sources: Uint32Array): number {
    return builder.add(name, sources);
  }
}
