// MC dropout as THEORY §6 fixes it: the subnetworks that a seed names, run one by one.
import { at } from "./at.ts";
import { compensatedSum } from "./compensatedSum.ts";
import { forward, type Pass, subnetworkFactors } from "./forward.ts";
import { Domain, drawGates } from "./gates.ts";
import { type Network, observed } from "./network.ts";

export interface SampledRun {
  readonly seed: number;
  readonly samples: number;
  /** "shared": sample t is one subnetwork for the whole batch; "independent": every row has gates of its own. */
  readonly masks: "shared" | "independent";
}

/** Returns the pass of sample `sample` for row `row` of a batch. */
function sampledPass(
  network: Network,
  x: ArrayLike<number>,
  run: SampledRun,
  sample: number,
  row: number,
): Pass {
  return forward(network, x, sampledFactors(network, run, sample, row));
}

/** Returns the gate factors of sample `sample` for row `row` of a batch. */
export function sampledFactors(network: Network, { seed, masks }: SampledRun, sample: number, row: number) {
  return subnetworkFactors(network, ({ number: site, rates }) =>
    drawGates({ seed, domain: Domain.monteCarlo, site, row: masks === "shared" ? 0 : row, sample }, rates),
  );
}

/** Returns the sampled activities of a node, [samples][rows][units], observed before the node's own unit gates. */
export function sampleActivities(
  network: Network,
  node: number,
  rows: readonly ArrayLike<number>[],
  run: SampledRun,
): Float64Array[][] {
  const seen = observed(network, node);
  return Array.from({ length: run.samples }, (_, sample) =>
    rows.map((x, row) => at(sampledPass(network, x, run, sample, row).activities, seen)),
  );
}

/** Returns the mean, the variance over T (not T - 1) and √(V/T) of one unit's samples. */
export function moments(samples: readonly number[]): {
  mean: number;
  variance: number;
  standardError: number;
} {
  const mean = compensatedSum(samples) / samples.length;
  const variance = compensatedSum(samples.map((sample) => (sample - mean) ** 2)) / samples.length;
  return { mean, variance, standardError: Math.sqrt(variance / samples.length) };
}
