import type { TensorLike } from "../tensor.js";
import { baseInstance } from "../wasm/instance.js";
import { inRange, sameRows, toFloat64 } from "./values.js";

/** The loss of what is answered, by how much is answered; `[batch]` each: what `riskCoverage()` of `@thinned/plot` draws. */
export interface RiskCoverage {
  /** Shares of rows that are answered, the least uncertain first: `1/n, 2/n, … 1`. */
  coverage: Float64Array;
  /** The mean loss of these rows. */
  risk: Float64Array;
  /** The area under the curve (AURC): the mean of `risk`, the lower, the better. */
  aurc: number;
}

/**
 * Returns the risk-coverage curve: the mean loss of the rows that are answered when the most uncertain are left to somebody else
 * (El-Yaniv & Wiener 2010; Geifman & El-Yaniv 2017).
 *
 * Uncertainty `[batch]` is any number that should be larger for worse rows: an entropy, a mutual information, a variance, or a negative
 * confidence. Losses `[batch]` are any numbers: 1 for a wrong class and 0 for a right one, or squared errors. Rows that are equally
 * uncertain count as in a random order, so that the order in which they are given does not matter.
 *
 * @throws ShapeError when shapes do not fit, RangeError when a number is not finite
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { scores } from "thinned";
 *
 * const entropy = [0.1, 0.9, 0.3, 0.5];
 * const isWrong = [0, 1, 0, 1];
 * const { risk, aurc } = scores.riskCoverage(entropy, isWrong);
 * assert.deepEqual([...risk], [0, 0, 1 / 3, 1 / 2]);
 * assert.ok(Math.abs(aurc - 5 / 24) < 1e-15);
 * ```
 */
export function riskCoverage(uncertainty: TensorLike, losses: TensorLike): RiskCoverage {
  const action = "compute a risk-coverage curve";
  const doubts = toFloat64(action, "uncertainty", uncertainty);
  const costs = toFloat64(action, "losses", losses);
  const rows = doubts.data.length;
  sameRows(action, ["uncertainty", doubts.shape], ["rows", doubts.shape.slice(0, 1)]);
  sameRows(action, ["losses", costs.shape], ["uncertainty", doubts.shape]);
  const numbers = baseInstance().run((boundary) => boundary.riskCoverage(doubts.data, costs.data));
  return {
    coverage: Float64Array.from({ length: rows }, (_, i) => (i + 1) / rows),
    risk: numbers.slice(1),
    aurc: inRange(action, "the area", numbers[0] as number),
  };
}
