import { printedShape } from "./argument.js";
import { ShapeError } from "./errors.js";
import { type ReadTensor, sameShape, type Tensor, toOwnTensor } from "./tensor.js";

/** A batch of inputs: float32 values, `[rows, ...shape of a row]`. */
export interface Batch extends Tensor {
  readonly rows: number;
}

/**
 * Returns `value` as a batch of rows of the given shape; by default a copy, for a long call.
 *
 * @throws ShapeError when it has no rows, or rows of another shape
 */
export function toBatch(
  action: string,
  name: string,
  value: unknown,
  rowShape: readonly number[],
  read: ReadTensor = toOwnTensor,
): Batch {
  const tensor = read(action, name, value);
  const [rows = 0, ...row] = tensor.shape;
  const wanted = printedShape(["batch", ...rowShape]);
  if (rows === 0 && tensor.shape.length > 0) {
    throw new ShapeError(
      `Cannot ${action}: ${name} has shape ${printedShape(tensor.shape)}, an empty batch; ${wanted} with at least one row is wanted`,
    );
  }
  if (!sameShape(row, rowShape)) {
    const hint = sameShape(tensor.shape, rowShape) ? "; put a single row into an array of its own" : "";
    throw new ShapeError(
      `Cannot ${action}: ${name} has shape ${printedShape(tensor.shape)}, ${wanted} is wanted${hint}`,
    );
  }
  return { ...tensor, rows };
}
