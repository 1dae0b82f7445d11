import { onlyOptions, positive } from "../argument.js";
import type { Tensor, TensorLike } from "../tensor.js";
import { baseInstance } from "../wasm/instance.js";
import { refuseNoDistribution, rowWidth, toValueRows } from "./classes.js";
import { hasFields, toFloat64 } from "./values.js";

/** Probabilities where logits are not at hand; their logarithms take the place of these. */
export interface ProbabilityValues {
  /** `[batch, classes]`, or `[batch]` those of class 1 of two. */
  readonly probabilities: TensorLike;
}

/** A temperature and what it does to the rows it was fitted to. */
export interface FittedTemperature {
  /** Above 0. Above 1, the classifier was too sure of itself. */
  temperature: number;
  /** Negative log-likelihood at temperature 1, in nats a row. */
  before: number;
  /** Negative log-likelihood at `temperature`. */
  after: number;
}

/**
 * Returns the temperature `T` at which `softmax(logits / T)` makes the labels likeliest (Guo et al. 2017): the baseline that other
 * ways to calibrate are compared with. It changes how sure the classifier is, never which class is likeliest. Fit it to rows
 * that were not trained on and are not tested on.
 *
 * Logits are `[batch, classes]`, or `[batch]` those of class 1 of two; `{ probabilities }` does as well, where none is rounded to 0
 * for a label. Labels are `[batch]`. The negative log-likelihood is convex in `1/T`; its minimum is found in float64 by Newton's method
 * within a bracket, to about 1e-15 relative. Cost: some ten passes over the logits.
 *
 * @throws RangeError when no temperature is best: every label has the largest logit, or the logits say no more than chance; or where a
 *   label is no class or has probability 0; ShapeError when shapes do not fit
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { scores } from "thinned";
 *
 * // Says e^4 : 1, and is right in 3 of 4 cases: log 3 would be right.
 * const logits = [[4, 0], [4, 0], [0, 4], [0, 4]];
 * const labels = [0, 0, 1, 0];
 * const { temperature, before, after } = scores.temperatureScaling(logits, labels);
 * assert.ok(Math.abs(temperature - 4 / Math.log(3)) < 1e-12 && after < before);
 * const calibrated = scores.applyTemperature(logits, temperature);
 * assert.ok(Math.abs(calibrated.data[0]! - 0.75) < 1e-12);
 * ```
 */
export function temperatureScaling(
  values: TensorLike | ProbabilityValues,
  labels: TensorLike,
): FittedTemperature {
  const action = "fit a temperature";
  const { name, value, probabilities } = toKind(action, values);
  const rows = toValueRows(action, name, value, labels);
  if (probabilities) refuseNoDistribution(action, name, rows.values, rows.width);
  const [temperature, before, after] = baseInstance().run((boundary) =>
    boundary.fitTemperature(rows.values.data, rows.width, rows.labels, probabilities),
  );
  return { temperature: temperature as number, before: before as number, after: after as number };
}

/**
 * Returns the probabilities `softmax(logits / temperature)`, in the shape of the logits; of `[batch]` those of class 1 of two. Of
 * `{ probabilities }` it is `p^(1/T)`, normalised.
 *
 * @throws RangeError when `temperature` is not above 0 or a row of probabilities does not sum to 1 within 1e-4, ShapeError when shapes
 *   do not fit
 */
export function applyTemperature(
  values: TensorLike | ProbabilityValues,
  temperature: number,
): Tensor<Float64Array> {
  const action = "apply a temperature";
  const { name, value, probabilities } = toKind(action, values);
  positive(action, "temperature", temperature);
  const tensor = toFloat64(action, name, value);
  const width = rowWidth(action, name, tensor.shape);
  if (probabilities) refuseNoDistribution(action, name, tensor, width);
  const data = baseInstance().run((boundary) =>
    boundary.applyTemperature(tensor.data, width, temperature, probabilities),
  );
  return { data, shape: [...tensor.shape] };
}

function toKind(action: string, values: unknown) {
  if (!hasFields(values) || !("probabilities" in values)) {
    return { name: "logits", value: values, probabilities: false };
  }
  onlyOptions(action, values, ["probabilities"]);
  return { name: "probabilities", value: values.probabilities, probabilities: true };
}
