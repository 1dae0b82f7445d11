// One full pass of a graph of every kind of layer through each of its subnetworks.
import { activate } from "./activation.ts";
import { at } from "./at.ts";
import { byParts, computeRow } from "./layerRow.ts";
import { gateFactors, type PlacedGraph, type PlacedNode, thinningOf } from "./placedGraph.ts";

/** What a node has for one row. */
export interface NodePass {
  readonly values: Float64Array;
  readonly preActivations: Float64Array | undefined;
}

export interface LayersSubnetwork {
  readonly probability: number;
  /** The gates of this subnetwork that are kept, as "node:gate". */
  readonly kept: ReadonlySet<string>;
  /** By node; node 0 is the input. */
  readonly pass: readonly NodePass[];
}

/** Returns every subnetwork over all gates with rate > 0, and the pass of the weight-scaled network. */
export function layersSubnetworks(
  { nodes }: PlacedGraph,
  x: ArrayLike<number>,
  parameters: readonly Float64Array[],
): { subnetworks: readonly LayersSubnetwork[]; deterministic: readonly NodePass[] } {
  const rates = nodes.map((node) => thinningOf(node)?.rates ?? []);
  const gates = rates.flatMap((of, node) =>
    of.flatMap((rate, gate) => (rate > 0 ? [{ node, gate, rate }] : [])),
  );
  const subnetworks = Array.from({ length: 2 ** gates.length }, (_, mask) => {
    const open = rates.map((of) => of.map(() => 1));
    const kept = new Set<string>();
    let probability = 1;
    gates.forEach(({ node, gate, rate }, bit) => {
      const isKept = (mask >>> bit) & 1;
      at(open, node)[gate] = isKept;
      probability *= isKept ? 1 - rate : rate;
      if (isKept) kept.add(`${node + 1}:${gate}`);
    });
    const factors = nodes.map((node, index) => gateFactors(node, at(open, index)));
    return { probability, kept, pass: pass(nodes, x, parameters, factors) };
  });
  const means = nodes.map((node, index) =>
    gateFactors(
      node,
      at(rates, index).map((rate) => 1 - rate),
    ),
  );
  const deterministic = pass(nodes, x, parameters, means);
  return { subnetworks, deterministic };
}

/** Returns the node whose units a statistic of `node` speaks of: a dropout layer is observed before its own gates. */
export function observedNode({ nodes }: PlacedGraph, node: number): number {
  const { layer, sources } = at(nodes, node - 1);
  return layer.kind === "dropout" || layer.kind === "spatialDropout2d" ? at(sources, 0) : node;
}

/** Returns what every node has, node 0 being the input. */
function pass(
  nodes: readonly PlacedNode[],
  x: ArrayLike<number>,
  parameters: readonly Float64Array[],
  factors: readonly (readonly number[])[],
): NodePass[] {
  const passed: NodePass[] = [{ values: Float64Array.from(x), preActivations: undefined }];
  nodes.forEach((node, index) => {
    const { layer, shape } = node;
    const sources = node.sources.map((source) => at(passed, source).values);
    const own = node.parameters.map((which) => at(parameters, which));
    const computed = computeRow(node, sources, own, at(factors, index));
    const activation = "activation" in layer ? layer.activation : undefined;
    passed.push(
      activation === undefined
        ? { values: computed, preActivations: undefined }
        : // Softmax runs over the last dimension.
          {
            values: byParts(computed, at(shape, shape.length - 1), (part) => activate(activation, part)),
            preActivations: computed,
          },
    );
  });
  return passed;
}
