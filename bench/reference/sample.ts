import type { Network } from "../data/network.ts";
import type { RandomWords } from "../data/random.ts";
import { denseRow, forwardRow } from "./forward.ts";
import { type ExpectedMoments, PowerSums } from "./moments.ts";

/**
 * Returns the moments of every layer for one row over `samples` subnetworks, in double precision and by the definition: a
 * mask for each sample, one pass each.
 */
export function sampleRow(
  network: Network,
  x: Float32Array,
  samples: number,
  random: RandomWords,
): ExpectedMoments[] {
  const sums = network.map((_, index) => new PowerSums(forwardRow(network.slice(0, index + 1), x)));
  const fixed = forwardFixed(network, x);
  for (let sample = 0; sample < samples; sample++) {
    let values = fixed.values;
    for (const [index, layer] of network.entries()) {
      if (index < fixed.layers) continue;
      values = denseRow(layer, gated(values, layer.rate, random));
      sums[index]?.add(values);
    }
  }
  return sums.map((sum) => sum.finish());
}

/** The activities that no gate changes, once for all samples. */
function forwardFixed(network: Network, x: Float32Array): { values: Float64Array; layers: number } {
  const layers = network.findIndex(({ rate }) => rate > 0);
  return { values: forwardRow(network.slice(0, layers), x), layers };
}

function gated(values: Float64Array, rate: number, random: RandomWords): Float64Array {
  if (rate === 0) return values;
  return values.map((value) => (random.uniform() < 1 - rate ? value / (1 - rate) : 0));
}
