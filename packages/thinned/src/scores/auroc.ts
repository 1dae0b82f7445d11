import type { TensorLike } from "../tensor.js";
import { baseInstance } from "../wasm/instance.js";
import { toLabels } from "./classes.js";
import { sameRows, toFloat64 } from "./values.js";

/**
 * Returns the area under the ROC curve: the probability that a row of label 1 has a larger score than one of label 0, ties counting
 * half (Mann & Whitney 1947). 0.5 is chance, 1 perfect order.
 *
 * With an uncertainty for score and `1` for a row that was wrong, or that is foreign to the data, it says how well uncertainty finds such
 * rows, whatever threshold is taken. Scores and labels are `[batch]`; any scale will do.
 *
 * @throws RangeError when all labels are the same or one is neither 0 nor 1, ShapeError when shapes do not fit
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { scores } from "thinned";
 *
 * const entropy = [0.1, 0.7, 0.3, 0.6];
 * const isWrong = [0, 1, 0, 0];
 * assert.equal(scores.auroc(entropy, isWrong), 1);
 * assert.equal(scores.auroc([0.5, 0.5], [0, 1]), 0.5);
 * ```
 */
export function auroc(scores: TensorLike, labels: TensorLike): number {
  const action = "compute the AUROC";
  const { data, shape } = toFloat64(action, "scores", scores);
  sameRows(action, ["scores", shape], ["labels", shape.slice(0, 1)]);
  const classes = toLabels(action, labels, data.length, 2);
  const first = classes[0] as number;
  if (classes.every((label) => label === first)) {
    throw new RangeError(
      `Cannot ${action}: labels are all ${first}, rows of label 0 and of label 1 are wanted`,
    );
  }
  return baseInstance().run((boundary) => boundary.areaUnderRoc(data, classes));
}
