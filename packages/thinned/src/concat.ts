import { onlyOptions } from "./argument.js";
import { ShapeError } from "./errors.js";
import {
  checkName,
  type LayerDefinition,
  type LayerOptions,
  MOST_UNITS,
  type ParameterShape,
  widthOf,
} from "./layer.js";
import { MergeLayer } from "./symbolic.js";
import type { NetworkBuilder } from "./wasm/boundary.js";

/**
 * Returns a layer that sets the units of its sources side by side, in their order.
 *
 * Shapes: `[batch, a]`, `[batch, b]`, … → `[batch, a + b + …]`.
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { concat, dense, graph, input } from "thinned";
 *
 * const x = input([4]);
 * const h = dense(8, { activation: "tanh" }).apply(x);
 * const net = graph({ inputs: x, outputs: dense(1).apply(concat().apply([x, h])), seed: 1 });
 * assert.deepEqual(net.getWeights()[2]?.shape, [12, 1]);
 * ```
 */
export function concat(options: LayerOptions = {}): MergeLayer {
  return new MergeLayer(new Concat(options), checkName("make a concat layer", options.name));
}

export class Concat implements LayerDefinition {
  readonly kind = "concat";
  readonly activated = false;
  readonly config = {};

  constructor(options: LayerOptions) {
    onlyOptions("make a concat layer", options, ["name"]);
  }

  outputShape(action: string, sources: readonly (readonly number[])[]): number[] {
    const width = sources.reduce((sum, source) => sum + widthOf(action, source), 0);
    if (width > MOST_UNITS) {
      throw new ShapeError(`Cannot ${action}: its output would have ${width} units, at most 2^24 are wanted`);
    }
    return [width];
  }

  parameters(): ParameterShape[] {
    return [];
  }

  gates(): number {
    return 0;
  }

  addTo(builder: NetworkBuilder, name: string, sources: Uint32Array): number {
    return builder.concat(name, sources);
  }
}
