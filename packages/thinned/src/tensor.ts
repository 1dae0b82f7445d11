import { printed, printedShape } from "./argument.js";
import { ShapeError } from "./errors.js";
import { readNested } from "./nested.js";
import {
  isNumberArray,
  type NumberArray,
  type Numbers,
  type Reading,
  refuseDetached,
  TURN,
  type Values,
} from "./numberArray.js";

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

/** A tensor that nobody else has, checked: it is not read again. */
class OwnTensor implements Tensor {
  readonly data: Float32Array;
  readonly shape: number[];

  constructor({ data, shape }: Tensor) {
    this.data = data;
    this.shape = shape;
  }
}

/**
 * Returns `value` as float32 with a shape, for a call that ends before its caller goes on: the data of a `Float32Array`
 * is not copied.
 *
 * @throws TypeError when `value` is no tensor, holds something that is no number, or its buffer is detached
 * @throws ShapeError when nested arrays are ragged, or `data` does not fill `shape`
 * @throws RangeError when a value is NaN, infinite, or too large for float32
 */
export function toTensor(action: string, name: string, value: unknown): Tensor {
  const values = Array.isArray(value) ? undefined : flatValues(action, name, value);
  if (!(values?.data instanceof Float32Array)) return toOwnTensor(action, name, value);
  const { data, shape } = values;
  refuseNotFinite(action, name, shape, data, data, 0, data.length);
  return { data, shape };
}

/** The same for a long call: always a copy, so that its caller may change or transfer the data meanwhile. */
export function toOwnTensor(action: string, name: string, value: unknown): Tensor {
  return value instanceof OwnTensor ? value : atOnce(read(action, name, value, newFloat32));
}

/**
 * Resolves to the same, read in slices: `next` is awaited whenever `over` says that one has lasted long enough. What is
 * resolved to is read no second time.
 */
export async function readInSlices(
  action: string,
  name: string,
  value: unknown,
  slices: { readonly over: boolean; next(): Promise<void> },
): Promise<TensorLike> {
  const reading = read(action, name, value, newFloat32);
  for (;;) {
    const { done, value: tensor } = reading.next();
    if (done) return new OwnTensor(tensor);
    if (slices.over) await slices.next();
  }
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
  return atOnce(read(action, name, value, newFloat64));
}

/** Returns the numbers of a tensor as they came in: for calls in double precision. Throws as {@link toTensor} does. */
export function toNumbers(action: string, name: string, value: unknown): Values {
  if (Array.isArray(value)) return toFloat64Tensor(action, name, value);
  const { data, shape } = flatValues(action, name, value);
  refuseNotNumbers(action, name, data, 0, data.length);
  refuseNotFinite(action, name, shape, data, data, 0, data.length);
  return { data: data as Values["data"], shape };
}

const newFloat32 = (size: number) => new Float32Array(size);
const newFloat64 = (size: number) => new Float64Array(size);

function atOnce<Result>(reading: Reading<Result>): Result {
  for (;;) {
    const { done, value } = reading.next();
    if (done) return value;
  }
}

/** Copies the numbers of a tensor into an array of its own, and checks them. */
function* read<Own extends Numbers>(
  action: string,
  name: string,
  value: unknown,
  make: (size: number) => Own,
): Reading<{ data: Own; shape: number[] }> {
  if (Array.isArray(value)) {
    return yield* readNested(action, name, value, make, (own, place, list, shape) => {
      own.set(list, place);
      refuseNotFinite(action, name, shape, list, own, place, list.length);
    });
  }
  const { data, shape } = flatValues(action, name, value);
  const own = make(data.length);
  for (let first = 0; first < own.length; first += TURN) {
    if (isNumberArray(data)) refuseDetached(action, name, data);
    const end = Math.min(first + TURN, own.length);
    refuseNotNumbers(action, name, data, first, end);
    const part = isNumberArray(data) ? data.subarray(first, end) : data.slice(first, end);
    own.set(part as ArrayLike<number>, first);
    refuseNotFinite(action, name, shape, part as ArrayLike<number>, own, first, end - first);
    yield;
  }
  return { data: own, shape };
}

/** Throws where one of `count` numbers of `list` is not finite in the precision that it has in `own`, from `place` on. */
function refuseNotFinite(
  action: string,
  name: string,
  shape: readonly number[],
  list: ArrayLike<unknown>,
  own: ArrayLike<unknown>,
  place: number,
  count: number,
): void {
  if (own instanceof Float32Array && allFinite(own, place, place + count)) return;
  for (let i = 0; i < count; i++) {
    if (!Number.isFinite(own[place + i])) {
      const original = list[i] as number;
      const state = Number.isFinite(original) ? `${original}, too large for float32` : String(original);
      throw new RangeError(
        `Cannot ${action}: ${indexed(name, shape, place + i)} is ${state}; finite numbers are wanted`,
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

/** Returns whether all numbers are finite, or those of a part. */
export function allFinite(data: Float32Array, first = 0, end = data.length): boolean {
  // An index and one kind of array: with an iterator, or arrays of several kinds, it takes a multiple of the time.
  for (let i = first; i < end; i++) if (!Number.isFinite(data[i])) return false;
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

/** Returns the data and the shape of what is no nested array; whether the elements of an array are numbers is not looked at. */
function flatValues(
  action: string,
  name: string,
  value: unknown,
): { data: NumberArray | readonly unknown[]; shape: number[] } {
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
  return { data, shape: readShape(action, name, shape, data.length) };
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

function refuseNotNumbers(
  action: string,
  name: string,
  data: NumberArray | readonly unknown[],
  first: number,
  end: number,
): void {
  for (let i = first; !isNumberArray(data) && i < end; i++) {
    if (typeof data[i] === "number") continue;
    throw new TypeError(`Cannot ${action}: ${name}.data[${i}] is ${printed(data[i])}, a number is wanted`);
  }
}
