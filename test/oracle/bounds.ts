// The approximations and bounds of THEORY §3 and the inequality of §2.6, from a unit's own statistics.
import type { UnitStatistics } from "./unitStatistics.ts";

/** Returns NWGM = G/(G + G') of a logistic unit, from the logarithms. */
export function nwgm({
  logGeometricMean: log,
  logComplementGeometricMean: complement,
}: UnitStatistics): number {
  if (log === undefined || complement === undefined) return Number.NaN;
  return log < complement
    ? Math.exp(log - complement) / (1 + Math.exp(log - complement))
    : 1 / (1 + Math.exp(complement - log));
}

/** Returns NWGM_k = G_k / Σ_j G_j of each unit of a softmax group, from the logarithms. */
export function softmaxNwgm(group: readonly UnitStatistics[]): number[] {
  const logs = group.map(({ logGeometricMean }) => logGeometricMean ?? Number.NaN);
  const largest = Math.max(...logs);
  const total = logs.reduce((sum, log) => sum + Math.exp(log - largest), 0);
  return logs.map((log) => Math.exp(log - largest) / total);
}

/** Returns G ≈ E - V, NWGM ≈ (E - V)/(1 - 2V) and E - NWGM ≈ V(1 - 2E)/(1 - 2V) (BS13 eq. 15-20). */
export function secondOrder({ mean: e, variance: v }: Moments) {
  return { geometricMean: e - v, nwgm: (e - v) / (1 - 2 * v), gap: (v * (1 - 2 * e)) / (1 - 2 * v) };
}

/** Returns the three estimates of |E - NWGM| in rising order (BS13 eq. 22). */
export function gapBounds({ mean: e, variance: v }: Moments) {
  const spread = e * (1 - e);
  const skew = Math.abs(1 - 2 * e);
  return {
    fromVariance: (v * skew) / (1 - 2 * v),
    fromMean: (spread * skew) / (1 - 2 * spread),
    fromMeanLoose: 2 * spread * skew,
  };
}

/** Returns V/(2 max O) and V/(2 min O), between which E - G lies (Cartwright and Field 1978). */
export function cartwrightField({ variance, minimum, maximum }: UnitStatistics) {
  return { lower: variance / (2 * maximum), upper: variance / (2 * minimum) };
}

type Moments = Pick<UnitStatistics, "mean" | "variance">;
