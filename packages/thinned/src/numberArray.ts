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

/** Returns whether `value` is a typed array whose elements are numbers, float16 included where the host has it. */
export function isNumberArray(value: unknown): value is NumberArray {
  return (
    ArrayBuffer.isView(value) &&
    !(value instanceof DataView || value instanceof BigInt64Array || value instanceof BigUint64Array)
  );
}

/** Returns whether `value` is a plain array or a typed array of numbers. */
export function isList(value: unknown): value is readonly unknown[] | NumberArray {
  return Array.isArray(value) || isNumberArray(value);
}
