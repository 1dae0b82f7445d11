import { printed, printedShape } from "./argument.js";
import { ShapeError } from "./errors.js";
import { readNested } from "./nested.js";
import { isNumberArray, type NumberArray, refuseDetached, type Values } from "./numberArray.js";

/** Numbers with a shape, row-major. What the library returns is a plain object that its caller owns. */
export interface Tensor<Data extends Float32Array | Float64Array = Float32Array> {
  /** The values, the last axis running fastest; its length is the product of `shape`. */
  data: Data;
  shape: number[];
}

/** Arrays of equal length, nested to the rank of the tensor; the innermost may be typed arrays. */
export type NestedArray = NumberArray | readonly number[] | readonly NestedArray[];

/** What is accepted as a tensor: nested arrays, or anything that has its values in `data` and a `shape`. */
export type TensorLike =
  | NestedArray
  | { readonly data: NumberArray | readonly number[]; readonly shape: readonly number[] };

/** How a value becomes a tensor: {@link toTensor} or {@link toOwnTensor}. */
export type ReadTensor = (action: string, name: string, value: unknown) => Tensor;

/**
 * Returns `value` as float32 with a shape, for a call that ends before its caller goes on: the data of a `Float32Array`
 * is not copied.
 *
 * @throws TypeError when `value` is no tensor, holds something that is no number, or its buffer is detached
 * @throws ShapeError when nested arrays are ragged, or `data` does not fill `shape`
 * @throws RangeError when a value is NaN, infinite, or too large for float32
 */
export function toTensor(action: string, name: string, value: unknown): Tensor {
  const values = readValues(action, name, value);
  const { data } = values;
  return finiteTensor(action, name, values, data instanceof Float32Array ? data : new Float32Array(data));
}

/** The same for a long call: always a copy, so that its caller may change or transfer the data meanwhile. */
export function toOwnTensor(action: string, name: string, value: unknown): Tensor {
  const values = readValues(action, name, value);
  return finiteTensor(action, name, values, new Float32Array(values.data));
}

/**
 * The same in float64, always a copy: for what computes in double precision from the numbers as they are.
 *
 * @throws RangeError when a value is NaN or infinite
 */
export function toFloat64Tensor(
  action: string,
  name: string,
  value: unknown,
): Tensor<Float64Array<ArrayBuffer>> {
  const { data, shape } = toNumbers(action, name, value);
  return { data: Float64Array.from(data), shape };
}

/** Returns the numbers of a tensor as they came in: for calls in double precision. Throws as {@link toTensor} does. */
export function toNumbers(action: string, name: string, value: unknown): Values {
  const values = readValues(action, name, value);
  refuseNotFinite(action, name, values, values.data);
  return values;
}

function finiteTensor(action: string, name: string, values: Values, floats: Float32Array): Tensor {
  refuseNotFinite(action, name, values, floats);
  return { data: floats, shape: values.shape };
}

/** Throws where a number is not finite in the precision that it will have. */
function refuseNotFinite(
  action: string,
  name: string,
  { data, shape }: Values,
  converted: Values["data"],
): void {
  if (converted instanceof Float32Array && allFinite(converted)) return;
  for (let i = 0; i < converted.length; i++) {
    if (!Number.isFinite(converted[i])) {
      const original = data[i] as number;
      const state = Number.isFinite(original) ? `${original}, too large for float32` : String(original);
      throw new RangeError(
        `Cannot ${action}: ${indexed(name, shape, i)} is ${state}; finite numbers are wanted`,
      );
    }
  }
}

/** Returns the name of element `flat` of a tensor as a user would index it, e.g. `x[1, 3]`. */
export function indexed(name: string, shape: readonly number[], flat: number): string {
  const indices: number[] = [];
  let rest = flat;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis] as number;
    indices.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return `${name}[${indices.join(", ")}]`;
}

/** Returns the number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Returns whether all numbers are finite. */
export function allFinite(data: Float32Array): boolean {
  // An index and one kind of array: with an iterator, or arrays of several kinds, it takes a multiple of the time.
  for (let i = 0; i < data.length; i++) if (!Number.isFinite(data[i])) return false;
  return true;
}

/** Returns a float64 tensor of zeros. */
export function zeros(shape: readonly number[]): Tensor<Float64Array> {
  return { data: new Float64Array(sizeOf(shape)), shape: [...shape] };
}

/** Returns whether two shapes are the same. */
export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

function readValues(action: string, name: string, value: unknown): Values {
  if (Array.isArray(value)) return readNested(action, name, value);
  if (isNumberArray(value)) {
    refuseDetached(action, name, value);
    return { data: value, shape: [value.length] };
  }
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) {
    throw new TypeError(
      `Cannot ${action}: ${name} is ${printed(value)}, a tensor ({ data, shape } or nested arrays) is wanted`,
    );
  }
  const { data, shape } = value as { data?: unknown; shape?: unknown };
  if (typeof data === "function") {
    throw new TypeError(
      `Cannot ${action}: ${name}.data is a function; for a TensorFlow.js tensor t pass { data: t.dataSync(), shape: t.shape }`,
    );
  }
  if (!isNumberArray(data) && !Array.isArray(data)) {
    throw new TypeError(
      `Cannot ${action}: ${name}.data is ${printed(data)}, a typed array of numbers is wanted`,
    );
  }
  if (isNumberArray(data)) refuseDetached(action, `${name}.data`, data);
  return {
    data: isNumberArray(data) ? data : flatNumbers(action, name, data),
    shape: readShape(action, name, shape, data.length),
  };
}

function readShape(action: string, name: string, shape: unknown, length: number): number[] {
  if (!Array.isArray(shape)) {
    throw new TypeError(`Cannot ${action}: ${name}.shape is ${printed(shape)}, an array of sizes is wanted`);
  }
  for (const size of shape) {
    if (Number.isSafeInteger(size) && size >= 0) continue;
    throw new ShapeError(
      `Cannot ${action}: ${name}.shape is ${printed(shape)}, non-negative integers are wanted`,
    );
  }
  if (sizeOf(shape) !== length) {
    throw new ShapeError(
      `Cannot ${action}: ${name}.data has ${length} values, its shape ${printedShape(shape)} wants ${sizeOf(shape)}`,
    );
  }
  return [...shape];
}

function flatNumbers(action: string, name: string, data: readonly unknown[]): readonly number[] {
  for (let i = 0; i < data.length; i++) {
    if (typeof data[i] === "number") continue;
    throw new TypeError(`Cannot ${action}: ${name}.data[${i}] is ${printed(data[i])}, a number is wanted`);
  }
  return data as readonly number[];
}
