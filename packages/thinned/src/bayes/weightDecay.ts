import { integer, oneOf, onlyOptions, positive } from "../argument.js";
import { type LossName, losses } from "../loss.js";
import { checkRate, type Scaling, scalings } from "../rate.js";
import { checkPrecision } from "../tau.js";
import { baseInstance } from "../wasm/instance.js";

/** What ties a prior to an L2 penalty, beside its strength. */
interface Tie {
  /** `l`: a weight has the prior `N(0, l⁻²)`; above 0. */
  readonly lengthScale: number;
  /** `N`, the rows that are trained on, at least 1. */
  readonly rows: number;
  /** The drop rate of the gates on the weights, in `[0, 1)`; default 0, as for biases and layers without gates. */
  readonly rate?: number | undefined;
  /** How those gates scale; default `"inverted"`, as `dropout()` does. */
  readonly scaling?: Scaling | undefined;
  /**
   * The loss that the penalty is added to: one of `fit()`, or `"halfSquaredError"`, the `½‖y − ŷ‖²` of the papers; default
   * `"meanSquaredError"`.
   */
  readonly loss?: LossName | "halfSquaredError" | undefined;
  /** Targets of a row, over which some losses are averaged, at least 1; default 1. */
  readonly outputs?: number | undefined;
}

/** The options of `bayes.weightDecay()`. */
export interface WeightDecayOptions extends Tie {
  /** Precision of the noise, above 0, for squared errors; no other loss has one. */
  readonly tau?: number | undefined;
}

/** The options of `bayes.precision()`. */
export interface PrecisionOptions extends Tie {
  /** The penalty `λ` of `l2(λ)`, above 0. */
  readonly weightDecay: number;
}

const ties = ["lengthScale", "rows", "rate", "scaling", "loss", "outputs"];

/**
 * Returns the `λ` with which `l2(λ)`, the penalty `λ·Σw²`, is the prior `N(0, lengthScale⁻²)` of the weights (Gal & Ghahramani 2016).
 *
 * For the paper's `½‖y − ŷ‖²` and standard scaling it is their `(1 − rate)·l²/(2·rows·tau)`. A mean squared error over `D` outputs is `2/D`
 * times that loss, and the penalty with it. With inverted scaling the stored weight is `1 − rate` times the one that acts, so that `1 − rate`
 * becomes `1/(1 − rate)`. A cross-entropy has `l²/(2·rows)` in place of `l²/(2·rows·tau)`.
 *
 * @throws RangeError when a number is out of range, the result included, or the loss is no likelihood
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { bayes } from "thinned";
 *
 * const tie = { lengthScale: 0.01, rows: 277, rate: 0.05, scaling: "standard", loss: "halfSquaredError" } as const;
 * const lambda = bayes.weightDecay({ ...tie, tau: 0.25 });
 * assert.ok(Math.abs(lambda / ((0.01 ** 2 * 0.95) / (2 * 277 * 0.25)) - 1) < 1e-12);
 * assert.ok(Math.abs(bayes.precision({ ...tie, weightDecay: lambda }) - 0.25) < 1e-12);
 * ```
 */
export function weightDecay(options: WeightDecayOptions): number {
  const action = "compute a weight decay";
  onlyOptions(action, options, [...ties, "tau"]);
  checkTiedLoss(action, options);
  const { loss = "meanSquaredError", tau } = options;
  return tied(action, options, { name: "tau", given: tau, checked: () => checkTau(action, loss, tau) });
}

/**
 * Returns the precision `tau` that a penalty `l2(weightDecay)` stands for: the inverse of {@link weightDecay}, `(1 − rate)·l²/(2·rows·λ)` in
 * the paper's convention.
 *
 * @throws RangeError when a number is out of range, the result included, or the loss is no squared error
 */
export function precision(options: PrecisionOptions): number {
  const action = "compute a precision";
  onlyOptions(action, options, [...ties, "weightDecay"]);
  const loss = checkTiedLoss(action, options);
  if (!hasTau(loss)) {
    throw new RangeError(
      `Cannot ${action}: loss is "${loss}", which has no noise; a squared error is wanted`,
    );
  }
  const { weightDecay: given } = options;
  const checked = () => positive(action, "weightDecay", given);
  return tied(action, options, { name: "weightDecay", given, checked });
}

/** One of `λ` and `τ`: undefined where the loss has no noise. */
interface Known {
  readonly name: string;
  readonly given: number | undefined;
  readonly checked: () => number;
}

/** Returns `λ·τ` divided by one of both. */
function tied(action: string, options: Tie, { name, given, checked }: Known): number {
  const { rate = 0, scaling = "inverted", loss = "meanSquaredError", outputs = 1 } = options;
  const length = positive(action, "lengthScale", options.lengthScale);
  const rows = integer(action, "rows", options.rows, 1);
  const keep = 1 - checkRate(action, "rate", rate);
  oneOf(action, "scaling", scaling, scalings);
  integer(action, "outputs", outputs, 1);
  const by = checked();
  const value = baseInstance().run((boundary) =>
    boundary.weightDecay(loss, outputs, length, keep, scaling, rows, by),
  );
  if (value > 0 && Number.isFinite(value)) return value;
  const known = given === undefined ? "" : `, ${name} ${given}`;
  throw new RangeError(
    `Cannot ${action}: lengthScale ${length}${known} and ${rows} rows give ${value}, a finite number above 0 is wanted`,
  );
}

/** Returns the name of the loss. */
function checkTiedLoss(action: string, { loss = "meanSquaredError" }: Tie): string {
  return oneOf(action, "loss", loss, ["halfSquaredError", ...losses]);
}

/** Returns whether the likelihood of a loss has a precision. */
function hasTau(loss: string): boolean {
  return loss === "meanSquaredError" || loss === "halfSquaredError";
}

/**
 * Returns the checked precision of the noise: 1 for losses that have none.
 *
 * @throws TypeError when it is missing
 * @throws RangeError when it is out of range, or given to a loss that has none
 */
export function checkTau(action: string, loss: string, tau: unknown, name = "tau"): number {
  if (!hasTau(loss)) {
    if (tau === undefined) return 1;
    throw new RangeError(
      `Cannot ${action}: ${name} is ${String(tau)}, and loss "${loss}" has no noise of its own; no tau is wanted`,
    );
  }
  return checkPrecision(action, tau, name);
}
