// What the oracle says of every layer of a network.
import { at } from "../oracle/at.ts";
import { activationOf, exactStatistics } from "../oracle/exact.ts";
import type { Network } from "../oracle/network.ts";
import type { WantedLayer } from "./expectExact.ts";

/** Returns the statistics of one layer, observed before its own gates. */
export function wantedLayer(network: Network, layer: number, rows: readonly Float32Array[]): WantedLayer {
  return {
    name: `layer ${layer}`,
    activation: activationOf(network, layer + 1),
    shape: [at(network.nodes, layer + 1).width],
    statistics: rows.map((x) => exactStatistics(network, layer + 1, x)),
  };
}

/** Returns those of every layer, in the order of the model's. */
export function wantedLayers(network: Network, rows: readonly Float32Array[]): WantedLayer[] {
  return network.nodes.slice(1).map((_, layer) => wantedLayer(network, layer, rows));
}
