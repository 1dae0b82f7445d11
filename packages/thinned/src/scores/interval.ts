import { finite, onlyOptions } from "../argument.js";
import { indexed, type Tensor, type TensorLike } from "../tensor.js";
import { baseInstance } from "../wasm/instance.js";
import { type GaussianPrediction, type SampledPrediction, toPrediction } from "./prediction.js";
import { byRows } from "./samples.js";
import { inRange, sameRows, toFloat64 } from "./values.js";

/** Intervals, `[batch, ...outputs]`. */
export interface Interval {
  lower: Tensor<Float64Array>;
  upper: Tensor<Float64Array>;
}

/** How much intervals leave out. */
export interface IntervalOptions {
  /** The share of targets that may lie outside, in (0, 1); half of it on either side. 0.05 stands for 95 % intervals. */
  readonly alpha: number;
}

/**
 * Returns central prediction intervals that should hold a share of `1 − alpha` of the targets:
 *
 * * `{ mean, variance }`: `μ ± Φ⁻¹(1 − α/2) σ`, of the variance of an observation, such as `predictiveVariance`;
 * * `{ samples }` `[samples, batch, ...outputs]`: between the quantiles `α/2` and `1 − α/2` of the samples, linear between
 *   neighbours; at least `2 / alpha` samples, or the ends say little.
 *
 * @throws RangeError when `alpha` is outside (0, 1) or a variance is below 0, ShapeError when shapes do not fit
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { scores } from "thinned";
 *
 * const { lower, upper } = scores.predictionInterval({ mean: [10], variance: [4] }, { alpha: 0.05 });
 * assert.ok(Math.abs(lower.data[0]! - 6.08) < 0.001 && Math.abs(upper.data[0]! - 13.92) < 0.001);
 * ```
 */
export function predictionInterval(
  prediction: GaussianPrediction | SampledPrediction,
  options: IntervalOptions,
): Interval {
  const action = "make prediction intervals";
  const alpha = toAlpha(action, options);
  const checked = toPrediction(action, prediction, false);
  const module = baseInstance();
  if (checked.kind === "gaussian") {
    const { mean, variance } = checked;
    const ends = module.run((boundary) => boundary.gaussianInterval(mean.data, variance.data, alpha));
    return { lower: half(ends, 0, mean.shape), upper: half(ends, 1, mean.shape) };
  }
  const { samples } = checked;
  const { rows, width } = samples;
  const shape = samples.values.shape.slice(1);
  const lower = new Float64Array(rows * width);
  const upper = byRows(samples, (some, first, count) => {
    const ends = module.run((boundary) => boundary.sampledInterval(some, count * width, alpha));
    lower.set(half(ends, 0, []).data, first * width);
    return half(ends, 1, []).data;
  });
  return { lower: { data: lower, shape }, upper: { data: upper, shape: [...shape] } };
}

/**
 * Returns the share of targets inside their intervals, ends included: the prediction interval coverage probability (PICP). Of good
 * 95 % intervals it is near 0.95, and wide intervals reach that as well; see {@link intervalScore} for both in one number.
 *
 * Lower and upper ends and targets are `[batch, ...outputs]`.
 *
 * @throws ShapeError when shapes do not fit, RangeError when a lower end is above its upper one
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { scores } from "thinned";
 *
 * assert.equal(scores.predictionIntervalCoverage([0, 0, 0, 0], [2, 2, 2, 2], [0, 1, 2, 3]), 0.75);
 * ```
 */
export function predictionIntervalCoverage(
  lower: TensorLike,
  upper: TensorLike,
  targets: TensorLike,
): number {
  const { low, high, data } = toIntervals("compute the coverage of intervals", lower, upper, targets);
  return baseInstance().run((boundary) => boundary.intervalCoverage(low, high, data));
}

/**
 * Returns the mean width of intervals (MPIW), in the unit of the targets: of two methods with the same coverage, the one of
 * smaller width says more. Ends are `[batch, ...outputs]`.
 *
 * @throws ShapeError when shapes do not fit, RangeError when a lower end is above its upper one
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { scores } from "thinned";
 *
 * assert.equal(scores.meanPredictionIntervalWidth([0, 1], [2, 5]), 3);
 * ```
 */
export function meanPredictionIntervalWidth(lower: TensorLike, upper: TensorLike): number {
  const action = "compute the width of intervals";
  const { low, high } = toIntervals(action, lower, upper, lower);
  const width = baseInstance().run((boundary) => boundary.intervalWidth(low, high));
  return inRange(action, "the width", width);
}

/**
 * Returns the interval score `(u − l) + 2/α (l − y)₊ + 2/α (y − u)₊`, the mean over all targets in their unit: the width, and a
 * penalty for each miss by its distance. It is proper: the quantiles `α/2` and `1 − α/2` of the truth have the least
 * (Gneiting & Raftery 2007, eq. 43). Ends and targets are `[batch, ...outputs]`.
 *
 * @throws ShapeError when shapes do not fit; RangeError when `alpha` is outside (0, 1), or a lower end is above its upper one
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { scores } from "thinned";
 *
 * assert.equal(scores.intervalScore([0], [2], [1], { alpha: 0.5 }), 2);
 * assert.equal(scores.intervalScore([0], [2], [3], { alpha: 0.5 }), 6);
 * ```
 */
export function intervalScore(
  lower: TensorLike,
  upper: TensorLike,
  targets: TensorLike,
  options: IntervalOptions,
): number {
  const action = "compute the interval score";
  const alpha = toAlpha(action, options);
  const { low, high, data } = toIntervals(action, lower, upper, targets);
  const score = baseInstance().run((boundary) => boundary.intervalScore(low, high, data, alpha));
  return inRange(action, "the score", score);
}

function toAlpha(action: string, options: IntervalOptions): number {
  onlyOptions(action, options, ["alpha"]);
  // Of what is smaller, half has lost digits, and 2/alpha is no number.
  const wanted = "in (0, 1), of at least 2^-1022,";
  return finite(action, "alpha", options.alpha, wanted, (value) => value >= 2 ** -1022 && value < 1);
}

function toIntervals(action: string, lower: TensorLike, upper: TensorLike, targets: TensorLike) {
  const low = toFloat64(action, "lower", lower);
  const high = toFloat64(action, "upper", upper);
  const { data, shape } = toFloat64(action, "targets", targets);
  sameRows(action, ["upper", high.shape], ["lower", low.shape]);
  sameRows(action, ["targets", shape], ["lower", low.shape]);
  const crossed = low.data.findIndex((value, i) => value > (high.data[i] as number));
  if (crossed === -1) return { low: low.data, high: high.data, data };
  const [name, above] = [indexed("lower", low.shape, crossed), indexed("upper", high.shape, crossed)];
  throw new RangeError(
    `Cannot ${action}: ${name} is ${low.data[crossed]}, a number of at most ${above}, which is ${high.data[crossed]}, is wanted`,
  );
}

/** Returns the lower (0) or upper (1) ends, which the module returns one after the other. */
function half(ends: Float64Array, index: 0 | 1, shape: readonly number[]): Tensor<Float64Array> {
  const size = ends.length / 2;
  return { data: ends.slice(index * size, (index + 1) * size), shape: [...shape] };
}
