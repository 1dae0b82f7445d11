import { checkInputShape, SymbolicTensor } from "./symbolic.js";

/**
 * Returns the input of a graph: the place where the rows of the data come in.
 *
 * @param shape - the shape of one row, without the batch: `[width]`, or `[height, width, channels]` for images, whose channels
 *   lie side by side (NHWC, as in TensorFlow.js) in every layer
 * @throws ShapeError when `shape` is empty, or a size is not in `[1, 2^24]`
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { dense, input } from "thinned";
 *
 * const h = dense(8, { activation: "relu" }).apply(input([4]));
 * assert.deepEqual(h.shape, [8]);
 * ```
 */
export function input(shape: readonly number[]): SymbolicTensor {
  return new SymbolicTensor(checkInputShape("make an input", "shape", shape));
}
