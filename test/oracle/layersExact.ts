// Statistics over all subnetworks of a graph of every kind of layer: every mask of its gates, one full pass each (THEORY §4).
import { activate } from "./activation.ts";
import { at } from "./at.ts";
import type { Activation } from "./description.ts";
import { byParts, computeRow } from "./layerRow.ts";
import { layersUpstream } from "./layersUpstream.ts";
import { gateFactors, type LayerGraph, type PlacedNode, place, thinningOf } from "./placedGraph.ts";
import { type UnitStatistics, unitStatistics } from "./unitStatistics.ts";

export interface NodeStatistics {
  /** Of the units that are observed: those that enter a dropout layer. */
  readonly activation: Activation | undefined;
  /** The shape of a row. */
  readonly shape: readonly number[];
  readonly units: readonly UnitStatistics[];
}

interface NodePass {
  readonly values: Float64Array;
  readonly preActivations: Float64Array | undefined;
}

/** Returns the statistics of every node of the graph but the input, for one row. */
export function layersStatistics(
  graph: LayerGraph,
  x: ArrayLike<number>,
  parameters: readonly Float64Array[],
): NodeStatistics[] {
  const placed = place(graph);
  const { nodes } = placed;
  const rates = nodes.map((node) => thinningOf(node)?.rates ?? []);
  const gates = rates.flatMap((of, node) =>
    of.flatMap((rate, gate) => (rate > 0 ? [{ node, gate, rate }] : [])),
  );
  const subnetworks = Array.from({ length: 2 ** gates.length }, (_, mask) => {
    const open = rates.map((of) => of.map(() => 1));
    let probability = 1;
    gates.forEach(({ node, gate, rate }, bit) => {
      const kept = (mask >>> bit) & 1;
      at(open, node)[gate] = kept;
      probability *= kept ? 1 - rate : rate;
    });
    const factors = nodes.map((node, index) => gateFactors(node, at(open, index)));
    return { probability, pass: pass(nodes, x, parameters, factors) };
  });
  const kept = nodes.map((node, index) =>
    gateFactors(
      node,
      at(rates, index).map((rate) => 1 - rate),
    ),
  );
  const deterministic = pass(nodes, x, parameters, kept);
  const upstream = layersUpstream(graph.inputShape, placed);

  return nodes.map((node, index) => {
    const isGated = node.layer.kind === "dropout" || node.layer.kind === "spatialDropout2d";
    const seen = isGated ? at(node.sources, 0) : index + 1;
    const layer = seen === 0 ? undefined : at(nodes, seen - 1).layer;
    const activation = layer && "activation" in layer ? layer.activation : undefined;
    const channels = at(node.shape, node.shape.length - 1);
    const units = Array.from(at(deterministic, seen).values, (star, unit) => {
      const outcomes = subnetworks.map(({ probability, pass }) => {
        const { values, preActivations } = at(pass, seen);
        const first = unit - (unit % channels);
        return {
          probability,
          activity: at(values, unit),
          preActivations: preActivations?.subarray(first, first + channels),
        };
      });
      const statistics = unitStatistics(outcomes, unit % channels, activation);
      return { ...statistics, gates: at(at(upstream, seen), unit).size, deterministic: star };
    });
    return { activation, shape: node.shape, units };
  });
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
