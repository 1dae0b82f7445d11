// Statistics over all subnetworks of a graph of every kind of layer: every mask of its gates, one full pass each (THEORY §4).
import { at } from "./at.ts";
import type { Activation } from "./description.ts";
import { layersSubnetworks, observedNode } from "./layersSubnetworks.ts";
import { layersUpstream } from "./layersUpstream.ts";
import { type LayerGraph, place } from "./placedGraph.ts";
import { type UnitStatistics, unitStatistics } from "./unitStatistics.ts";

export interface NodeStatistics {
  /** Of the units that are observed: those that enter a dropout layer. */
  readonly activation: Activation | undefined;
  /** The shape of a row. */
  readonly shape: readonly number[];
  readonly units: readonly UnitStatistics[];
}

/** Returns the statistics of every node of the graph but the input, for one row. */
export function layersStatistics(
  graph: LayerGraph,
  x: ArrayLike<number>,
  parameters: readonly Float64Array[],
): NodeStatistics[] {
  const placed = place(graph);
  const { nodes } = placed;
  const { subnetworks, deterministic } = layersSubnetworks(placed, x, parameters);
  const upstream = layersUpstream(graph.inputShape, placed);

  return nodes.map((node, index) => {
    const seen = observedNode(placed, index + 1);
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
