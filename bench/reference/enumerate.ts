import type { Network } from "../data/network.ts";
import { denseRow, forwardRow } from "./forward.ts";
import { type ExpectedMoments, PowerSums } from "./moments.ts";

/**
 * Returns the moments of every layer over all subnetworks, in double precision, for one row. The masks of a layer are
 * walked inside those of the layer before: activities are computed once for each combination that can change them.
 */
export function enumerate(network: Network, x: Float32Array): ExpectedMoments[] {
  const sums = network.map((_, index) => new PowerSums(forwardRow(network.slice(0, index + 1), x)));
  walk(network, Float64Array.from(x), sums, 1);
  return sums.map((sum) => sum.finish());
}

function walk(network: Network, input: Float64Array, sums: readonly PowerSums[], weight: number): void {
  const [layer, ...rest] = network;
  if (layer === undefined) return;
  const keep = 1 - layer.rate;
  for (let mask = 0; mask < 2 ** layer.inputs; mask++) {
    let probability = weight;
    const gated = input.map((value, i) => {
      const kept = (mask >>> i) & 1;
      probability *= kept ? keep : layer.rate;
      return kept ? value / keep : 0;
    });
    const values = denseRow(layer, gated);
    sums[0]?.add(values, probability);
    walk(rest, values, sums.slice(1), probability);
  }
}
