/** The typed arrays that hold numbers (those of bigints are refused). */
export type NumberArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array;

/** Numbers as they came in, before the conversion to float32. */
export interface Values {
  data: NumberArray | readonly number[];
  shape: number[];
}

/** Numbers as a tensor has them. */
export type Numbers = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

/** Work that stops after every {@link TURN} numbers or so, where the event loop may turn. */
export type Reading<Result> = Generator<undefined, Result>;

/** Numbers that are read between two looks at the clock: a millisecond at most. */
export const TURN = 2 ** 16;

/** Returns whether `value` is a typed array whose elements are numbers, float16 included where the host has it. */
export function isNumberArray(value: unknown): value is NumberArray {
  return ArrayBuffer.isView(value) && /^(Float|Int|Uint)\d+(Clamped)?Array$/.test(className(value));
}

/** Returns the name of the built-in class of `value`, which `instanceof` would not know if it came from another realm. */
export function className(value: unknown): string {
  return Object.prototype.toString.call(value).slice("[object ".length, -1);
}

/** Throws TypeError when the buffer of `view` was transferred: the view would pass for an empty one. */
export function refuseDetached(action: string, name: string, view: ArrayBufferView): void {
  if (view.byteLength > 0 || !isDetached(view.buffer)) return;
  throw new TypeError(
    `Cannot ${action}: the buffer of ${name} is detached, its numbers were transferred elsewhere; a copy of them is wanted`,
  );
}

/** Node 20 has no `ArrayBuffer.prototype.detached`, but no host makes a view of a detached buffer. */
function isDetached(buffer: ArrayBufferLike): boolean {
  try {
    new Uint8Array(buffer);
    return false;
  } catch {
    return true;
  }
}

/** Returns whether `value` is a plain array or a typed array of numbers. */
export function isList(value: unknown): value is readonly unknown[] | NumberArray {
  return Array.isArray(value) || isNumberArray(value);
}
