import { checkInputShape, SymbolicTensor } from "./symbolic.js";

/**
 * Returns the input of a graph: the place where the rows of the data come in.
 *
 * @param shape - the shape of one row, without the batch: `[width]`
 * @throws ShapeError when `shape` is not `[width]` with a width in `[1, 2^24]`
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
