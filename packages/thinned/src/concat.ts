import { onlyOptions, printedShape } from "./argument.js";
import { ShapeError } from "./errors.js";
import { checkName, checkUnits, type LayerDefinition, type LayerOptions, PlainLayer } from "./layer.js";
import { MergeLayer } from "./symbolic.js";
import { sameShape } from "./tensor.js";
import type { NetworkBuilder } from "./wasm/boundary.js";

/**
 * Returns a layer that sets the units of its sources side by side, in their order.
 *
 * Shapes: `[batch, ..., a]`, `[batch, ..., b]`, … → `[batch, ..., a + b + …]`: images by their channels.
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

export class Concat extends PlainLayer implements LayerDefinition {
  readonly kind = "concat";
  readonly config = {};

  constructor(options: LayerOptions) {
    super();
    onlyOptions("make a concat layer", options, ["name"]);
  }

  outputShape(action: string, sources: readonly (readonly number[])[]): number[] {
    const places = (source: readonly number[]) => source.slice(0, -1);
    const [first = []] = sources;
    if (sources.some((source) => !sameShape(places(source), places(first)))) {
      throw new ShapeError(
        `Cannot ${action}: its inputs have ${sources.map((source) => printedShape(["batch", ...source])).join(", ")}; shapes that differ in the last dimension alone are wanted`,
      );
    }
    const channels = sources.reduce((sum, source) => sum + (source.at(-1) ?? 0), 0);
    return checkUnits(action, [...places(first), channels]);
  }

  addTo(builder: NetworkBuilder, name: string, sources: Uint32Array): number {
    return builder.concat(name, sources);
  }
}
