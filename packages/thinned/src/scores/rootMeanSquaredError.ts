import type { TensorLike } from "../tensor.js";
import { baseInstance } from "../wasm/instance.js";
import { inRange, sameRows, toFloat64 } from "./values.js";

/**
 * Returns `√(mean (prediction − target)²)` over all targets, in their unit. It says how far off the mean is, and nothing of how
 * sure the model was.
 *
 * Predictions and targets are `[batch, ...outputs]`.
 *
 * @throws ShapeError when shapes do not fit, RangeError when a number or the error is not finite
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { scores } from "thinned";
 *
 * assert.equal(scores.rootMeanSquaredError([[1], [5]], [1, 1]), Math.sqrt(8));
 * ```
 */
export function rootMeanSquaredError(predictions: TensorLike, targets: TensorLike): number {
  const action = "compute a root mean squared error";
  const predicted = toFloat64(action, "predictions", predictions);
  const { data, shape } = toFloat64(action, "targets", targets);
  sameRows(action, ["targets", shape], ["predictions", predicted.shape]);
  const error = baseInstance().run((boundary) => boundary.rootMeanSquaredError(predicted.data, data));
  return inRange(action, "the error", error);
}
