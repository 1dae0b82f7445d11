import type { CommonStatisticName, ExactResult, Statistics } from "./exactResult.js";
import type { MCResult } from "./mcResult.js";
import type { Tensor } from "./tensor.js";
import type { Instance } from "./wasm/instance.js";

/**
 * Exact statistics beside sampled ones.
 *
 * A score is a difference in standard errors, and each has its own limit. One limit for all would have to be a quantile of the normal
 * distribution, which scores follow only in the limit of many samples: at a rate of 1e-6, one drop in a thousand samples is a
 * score of 30, and no fault of the sampler. The limits come from a bound that holds for every distribution (Bennett 1962), with the exact moments
 * and the range of the unit. Where the samples are many, all limits are near the `threshold`.
 */
export interface CrossCheck {
  exact: ExactResult;
  sampled: MCResult;
  /** `(sampled mean − E) / √(V / samples)`, with a floor for float32 rounding; `[batch, ...layer shape]`. */
  zMean: Tensor<Float64Array>;
  /** The same of the variance, by the exact V and fourth moment. */
  zVariance: Tensor<Float64Array>;
  /** What each `|zMean|` may reach, on its side of 0; `[batch, ...layer shape]`. */
  limitMean: Tensor<Float64Array>;
  /** What each `|zVariance|` may reach, on its side of 0. */
  limitVariance: Tensor<Float64Array>;
  /**
   * What any `|z|` may reach, `√(2 log(2 comparisons / alpha))`: family-wise at `alpha`, over both sides of every mean and variance of the call.
   * No limit is below it.
   */
  threshold: number;
  /** Whether every `|z|` is within its limit: false for a right sampler with a probability of at most `alpha`. */
  agrees: boolean;
  /** The comparisons that come nearest to their limits, or farthest beyond, worst first. */
  worst: Disagreement[];
}

/** One comparison of a {@link CrossCheck}. */
export interface Disagreement {
  layer: string;
  row: number;
  unit: number;
  statistic: "mean" | "variance";
  z: number;
  /** What `|z|` may reach. */
  limit: number;
  exact: number;
  sampled: number;
}

/** How many comparisons `worst` lists. */
const WORST = 5;

/** What the probability of a false alarm is shared over. */
export interface Level {
  readonly alpha: number;
  readonly comparisons: number;
  readonly samples: number;
}

/** A statistic's scores and limits, by row and unit. */
interface Scores {
  readonly z: Float64Array;
  readonly limit: Float64Array;
}

/** The statistics in the order in which the boundary takes them. */
const compared: readonly CommonStatisticName[] = [
  "mean",
  "variance",
  "fourthMoment",
  "least",
  "largest",
  "roundingFloor",
  "errorBound",
];

/** Returns the scores of a layer and their limits, by its exact and its sampled statistics. */
export function scoresOf(
  instance: Instance,
  { alpha, comparisons, samples }: Level,
  statistics: Statistics,
  { mean, variance }: MCResult,
): Record<"mean" | "variance", Scores> {
  const sampled = concatenated([mean.data, variance.data]);
  const exact = concatenated(compared.map((name) => statistics.values(name)));
  const scores = instance.run((b) => b.crossCheckScores(alpha, comparisons, samples, sampled, exact));
  const length = mean.data.length;
  const part = (index: number) => scores.slice(index * length, (index + 1) * length);
  return { mean: { z: part(0), limit: part(1) }, variance: { z: part(2), limit: part(3) } };
}

function concatenated(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}

/** Returns what the scores of a layer say. */
export function judge(
  layer: string,
  firstUnit: number,
  exact: ExactResult,
  sampled: MCResult,
  { mean, variance }: Record<"mean" | "variance", Scores>,
): Omit<CrossCheck, "exact" | "sampled" | "threshold"> {
  const { shape } = exact.mean;
  const width = mean.z.length / (shape[0] as number);
  const listed = ({ z, limit }: Scores, statistic: "mean" | "variance") =>
    Array.from(
      z,
      (value, index): Disagreement => ({
        layer,
        row: Math.floor(index / width),
        unit: firstUnit + (index % width),
        statistic,
        z: value,
        limit: limit[index] as number,
        exact: exact[statistic].data[index] as number,
        sampled: sampled[statistic].data[index] as number,
      }),
    );
  const all = [...listed(mean, "mean"), ...listed(variance, "variance")];
  const tensor = (data: Float64Array) => ({ data, shape: [...shape] });
  return {
    zMean: tensor(mean.z),
    zVariance: tensor(variance.z),
    limitMean: tensor(mean.limit),
    limitVariance: tensor(variance.limit),
    // Not `some(…) >` negated: a NaN has to disagree.
    agrees: all.every(({ z, limit }) => Math.abs(z) <= limit),
    worst: all.sort((a, b) => excess(b) - excess(a)).slice(0, WORST),
  };
}

/** Returns how much of its limit a score reaches; a NaN counts as the most. */
function excess({ z, limit }: Disagreement): number {
  const share = Math.abs(z) / limit;
  return Number.isNaN(share) ? Number.POSITIVE_INFINITY : share;
}
