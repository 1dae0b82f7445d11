import { printedShape } from "../argument.js";
import { ShapeError } from "../errors.js";
import { indexed, type Tensor, toFloat64Tensor } from "../tensor.js";

/** Rows of inputs in double precision. */
export interface Points {
  readonly data: Float64Array<ArrayBuffer>;
  readonly rows: number;
  readonly inputs: number;
}

/** No difference of such numbers is beyond the range. */
const LARGEST = 2 ** 1022;

/**
 * Returns a copy of `value [rows, inputs]`.
 *
 * @throws ShapeError when it has another rank, no rows, or not `inputs` columns
 * @throws RangeError when a number is not finite, or not within ±2^1022
 */
export function toPoints(action: string, name: string, value: unknown, inputs?: number): Points {
  const { data, shape } = toFloat64Tensor(action, name, value);
  const [rows = 0, columns = 0] = shape;
  const fits = inputs === undefined ? columns > 0 : columns === inputs;
  if (shape.length !== 2 || rows === 0 || !fits) {
    throw new ShapeError(
      `Cannot ${action}: ${name} has shape ${printedShape(shape)}, ${printedShape(["rows", inputs ?? "inputs"])} is wanted`,
    );
  }
  const large = data.findIndex((number) => Math.abs(number) > LARGEST);
  if (large >= 0) {
    throw new RangeError(
      `Cannot ${action}: ${indexed(name, shape, large)} is ${data[large]}, a number within ±2^1022 is wanted`,
    );
  }
  return { data, rows, inputs: columns };
}

/** Returns a copy of targets, `[rows]` or `[rows, outputs]`. */
export function toTargets(action: string, value: unknown, rows: number): Tensor<Float64Array<ArrayBuffer>> {
  const tensor = toFloat64Tensor(action, "y", value);
  const { shape } = tensor;
  if (shape[0] !== rows || shape.length > 2 || shape[1] === 0) {
    throw new ShapeError(
      `Cannot ${action}: y has shape ${printedShape(shape)}, [${rows}] or [${rows}, outputs] is wanted, a row for each of x`,
    );
  }
  return tensor;
}
