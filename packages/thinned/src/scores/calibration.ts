import { integer, oneOf, onlyOptions } from "../argument.js";
import type { TensorLike } from "../tensor.js";
import { baseInstance } from "../wasm/instance.js";
import { toClassRows } from "./classes.js";

/** How confidences are divided into bins. */
export interface CalibrationOptions {
  /** At least 1; default 15, as in Guo et al. 2017. */
  readonly bins?: number | undefined;
  /**
   * `"equalWidth"` (default): at the multiples of `1 / bins`. `"equalMass"`: at the quantiles of the confidences, so that bins
   * have about as many rows each; equal confidences stay together.
   */
  readonly strategy?: "equalWidth" | "equalMass" | undefined;
}

/** Confidence beside accuracy in bins of confidence, `[bins]` each: what `reliabilityDiagram()` of `@thinned/plot` draws. */
export interface ReliabilityCurve {
  /** Mean confidence of the rows of a bin; 0 where it has none. */
  confidence: Float64Array;
  /** Share of its rows that were right; 0 where it has none. */
  accuracy: Float64Array;
  /** Its rows. */
  count: Float64Array;
  /** Where bins begin and end, `[bins + 1]`; a confidence at an edge belongs to the bin below. */
  edges: Float64Array;
}

const strategies = ["equalWidth", "equalMass"] as const;

/**
 * Returns the expected calibration error, the mean distance between confidence and accuracy over bins of confidence,
 * `Σ_b n_b/n · |accuracy_b − confidence_b|` (Naeini et al. 2015): 0 is calibrated, 1 the worst. A bin without rows adds nothing.
 *
 * Probabilities `[batch, classes]`: the confidence of a row is its largest probability, and the row is right where that class
 * is its label. Probabilities `[batch]` of class 1 of two: the confidence is the probability, and label 1 is right. Labels
 * are `[batch]`.
 *
 * It is no proper score: shares of classes for every row have none at all. With few rows it is above 0 by chance, and it
 * depends on the bins; compare it at equal rows and bins only.
 *
 * @throws ShapeError when shapes do not fit; RangeError when a row does not sum to 1 within 1e-4, or a label is no class
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { scores } from "thinned";
 *
 * // Says 80 %, and is right in 4 of 5 cases.
 * const says = Array.from({ length: 5 }, () => [0.8, 0.2]);
 * assert.ok(scores.expectedCalibrationError(says, [0, 0, 0, 0, 1]) < 1e-15);
 * assert.ok(Math.abs(scores.expectedCalibrationError(says, [0, 0, 0, 1, 1]) - 0.2) < 1e-15);
 * ```
 */
export function expectedCalibrationError(
  probabilities: TensorLike,
  labels: TensorLike,
  options: CalibrationOptions = {},
): number {
  return reliability("compute the calibration error", probabilities, labels, options)[0] as number;
}

/**
 * Returns what a reliability diagram shows: in bins of confidence, the mean confidence, the accuracy and the number of rows. Where
 * accuracy lies below confidence, the classifier is too sure. Confidence, labels and bins are those of
 * {@link expectedCalibrationError}.
 *
 * @throws as {@link expectedCalibrationError} does
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { scores } from "thinned";
 *
 * const curve = scores.reliabilityCurve([0.1, 0.15, 0.75, 0.65], [0, 1, 1, 1], { bins: 5 });
 * assert.deepEqual([...curve.count], [2, 0, 0, 2, 0]);
 * assert.deepEqual([...curve.accuracy], [0.5, 0, 0, 1, 0]);
 * assert.deepEqual([...curve.confidence], [0.125, 0, 0, 0.7, 0]);
 * ```
 */
export function reliabilityCurve(
  probabilities: TensorLike,
  labels: TensorLike,
  options: CalibrationOptions = {},
): ReliabilityCurve {
  const numbers = reliability("compute a reliability curve", probabilities, labels, options);
  const bins = (numbers.length - 1) / 5;
  const column = (index: number) =>
    Float64Array.from({ length: bins }, (_, bin) => numbers[1 + 5 * bin + index] as number);
  const edges = new Float64Array(bins + 1);
  edges.set(column(0));
  edges[bins] = numbers.at(-4) as number;
  return { confidence: column(3), accuracy: column(4), count: column(2), edges };
}

/** Returns the calibration error, then of each bin its ends, rows, confidence and accuracy. */
function reliability(
  action: string,
  probabilities: TensorLike,
  labels: TensorLike,
  options: CalibrationOptions,
): Float64Array {
  onlyOptions(action, options, ["bins", "strategy"]);
  const bins = integer(action, "bins", options.bins ?? 15, 1, 2 ** 20);
  const strategy = oneOf(action, "strategy", options.strategy ?? "equalWidth", strategies);
  const rows = toClassRows(action, probabilities, labels);
  return baseInstance().run((boundary) =>
    boundary.reliability(rows.values.data, rows.width, rows.labels, bins, strategy),
  );
}
