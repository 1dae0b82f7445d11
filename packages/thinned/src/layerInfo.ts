import type { LayerKind } from "./layer.js";
import type { Network } from "./network.js";
import { sizeOf } from "./tensor.js";

/** A layer of a model, or one more application of it. */
export interface LayerInfo {
  /** Its position in `model.layers`. */
  readonly index: number;
  readonly name: string;
  readonly kind: LayerKind;
  /** The names of what it reads; `"input"` stands for the input. */
  readonly sources: readonly string[];
  /** The shape of one row, without the batch. */
  readonly outputShape: readonly number[];
  /** Its weights, moving statistics included; 0 where it shares those of an earlier application. */
  readonly parameters: number;
  /** Its own gates with a rate above 0. */
  readonly gates: number;
}

/** Returns the layers of a network in their order; the input is none. */
export function layerInfos(network: Network): LayerInfo[] {
  const { nodes } = network.architecture;
  const inside = network.atHome("list the layers");
  const parameters = new Map<string, number>();
  for (const { layer, shape } of network.parameters) {
    parameters.set(layer, (parameters.get(layer) ?? 0) + sizeOf(shape));
  }
  return nodes.map(({ name, definition, sources, shape }, index) => {
    return Object.freeze({
      index,
      name,
      kind: definition.kind,
      sources: Object.freeze(sources.map((source) => nodes[source - 1]?.name ?? "input")),
      outputShape: Object.freeze([...shape]),
      parameters: parameters.get(name) ?? 0,
      gates: network.home.run(() => inside.gates(index + 1)),
    });
  });
}
