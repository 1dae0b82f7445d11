import { oneOf, onlyOptions, positive } from "./argument.js";
import { isRecord } from "./json.js";

/** The loss of one row of outputs, by its name in TensorFlow.js or Keras. */
export type LossName =
  | "meanSquaredError"
  | "meanAbsoluteError"
  | "huber"
  | "gaussianNegativeLogLikelihood"
  | "binaryCrossentropy"
  | "categoricalCrossentropy"
  | "sparseCategoricalCrossentropy";

/** Huber's loss with its `delta`: plain data, as {@link huber} returns it. */
export interface HuberLoss {
  readonly name: "huber";
  readonly delta: number;
}

/**
 * The loss of one row of outputs; the loss of a batch is the mean over its rows. `"huber"` has a delta of 1.
 *
 * `"gaussianNegativeLogLikelihood"` is `½(s + (t − μ)² e^(−s))`, averaged over the targets `t [batch, k]`, of outputs
 * `[batch, 2k]`: the `k` means `μ`, then the `k` logarithms `s` of the variances (Kendall & Gal 2017, eq. 8), without the
 * constant `½ log 2π`. Its output layer is linear, or the `concat()` of two heads.
 */
export type Loss = LossName | HuberLoss;

/** The names of all losses. */
export const losses = [
  "meanSquaredError",
  "meanAbsoluteError",
  "huber",
  "gaussianNegativeLogLikelihood",
  "binaryCrossentropy",
  "categoricalCrossentropy",
  "sparseCategoricalCrossentropy",
] as const satisfies LossName[];

/** A loss, checked. */
export interface CheckedLoss {
  readonly name: LossName;
  /** Of Huber's loss. */
  readonly delta: number;
}

/**
 * Returns Huber's loss: the mean over the outputs of `½d²` where `|d| ≤ delta`, and `delta·(|d| − ½delta)` beyond, of the
 * errors `d`. As in Keras and PyTorch.
 *
 * @param options - `delta`, above 0; default 1
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { dense, huber, sequential } from "thinned";
 *
 * const model = sequential([dense(1)], { inputShape: [1], seed: 1 });
 * model.setWeights([[[1]], [0]]);
 * const { loss } = await model.evaluate([[0.5], [5]], [0, 0], { loss: huber({ delta: 2 }) });
 * assert.equal(loss, (0.5 * 0.5 ** 2 + 2 * (5 - 1)) / 2);
 * ```
 */
export function huber(options: { readonly delta?: number | undefined } = {}): HuberLoss {
  const action = "make a Huber loss";
  onlyOptions(action, options, ["delta"]);
  return { name: "huber", delta: positive(action, "delta", options.delta ?? 1) };
}

/** Returns the checked loss, which has no default: it depends on what the outputs mean. */
export function checkLoss(action: string, loss: unknown): CheckedLoss {
  if (!isRecord(loss)) return { name: oneOf(action, "loss", loss, losses), delta: 1 };
  onlyOptions(`${action}: loss`, loss, ["name", "delta"]);
  return {
    name: oneOf(action, "loss.name", loss.name, ["huber"] as const),
    delta: positive(action, "loss.delta", loss.delta),
  };
}

/** Returns whether the targets of a loss are numbers to be met, and not classes or probabilities. */
export function isRegression({ name }: CheckedLoss): boolean {
  return name !== "binaryCrossentropy" && !isCategorical(name);
}

/** Returns whether the loss wants one class a row. */
export function isCategorical(name: LossName): boolean {
  return name === "categoricalCrossentropy" || name === "sparseCategoricalCrossentropy";
}
