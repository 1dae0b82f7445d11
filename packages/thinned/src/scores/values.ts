import { printedShape } from "../argument.js";
import { ShapeError } from "../errors.js";
import { isRecord } from "../json.js";
import type { Values } from "../numberArray.js";
import { indexed, sizeOf, type Tensor, toNumbers } from "../tensor.js";

/** Returns the numbers of `value`, at least one, in double precision. */
export function toFloat64(action: string, name: string, value: unknown): Tensor<Float64Array> {
  const { data, shape } = toSome(action, name, value);
  return { data: float64(data), shape };
}

/** Returns the numbers of `value`, at least one, as they came in. */
export function toSome(action: string, name: string, value: unknown): Values {
  const values = toNumbers(action, name, value);
  if (sizeOf(values.shape) > 0 && values.shape.length > 0) return values;
  throw new ShapeError(
    `Cannot ${action}: ${name} has shape ${printedShape(values.shape)}, at least one row is wanted`,
  );
}

/** Returns whether `value` is named by its fields, and so no tensor. */
export function hasFields(value: unknown): value is Record<string, unknown> {
  return isRecord(value) && !ArrayBuffer.isView(value) && !("data" in value);
}

/** Throws TypeError where `value` is a whole result of `predictMC()`; `wanted` says what of it. */
export function refuseResult(action: string, name: string, value: unknown, wanted: string): void {
  if (!hasFields(value) || !("standardError" in value)) return;
  throw new TypeError(
    `Cannot ${action}: ${name} is a whole result of predictMC(), of which ${wanted} is wanted`,
  );
}

/** Returns numbers in double precision; not a copy where they are. */
export function float64(data: Values["data"]): Float64Array {
  return data instanceof Float64Array ? data : new Float64Array(data);
}

/**
 * Throws ShapeError unless `values` have the shape of `like`, but for axes of size 1 at the end: one target a row may be
 * `[batch]` or `[batch, 1]`.
 */
export function sameRows(
  action: string,
  [name, shape]: readonly [string, readonly number[]],
  [like, wanted]: readonly [string, readonly number[]],
): void {
  const essential = (sizes: readonly number[]) => {
    let axes = sizes.length;
    while (axes > 1 && sizes[axes - 1] === 1) axes--;
    return printedShape(sizes.slice(0, axes));
  };
  if (essential(shape) === essential(wanted)) return;
  throw new ShapeError(
    `Cannot ${action}: ${name} has shape ${printedShape(shape)}, that of ${like}, ${printedShape(wanted)}, is wanted`,
  );
}

/** Throws RangeError at the first value for which `inside` does not hold; `wanted` says in words which are. */
export function everyValue(
  action: string,
  name: string,
  { data, shape }: Values,
  wanted: string,
  inside: (value: number) => boolean,
): void {
  for (let i = 0; i < data.length; i++) {
    if (inside(data[i] as number)) continue;
    throw new RangeError(`Cannot ${action}: ${indexed(name, shape, i)} is ${data[i]}, ${wanted} is wanted`);
  }
}

/**
 * Returns the mean of what the module returned for each `thing`, a row or a target.
 *
 * @throws RangeError when one is not finite
 */
export function meanOf(action: string, values: Float64Array, thing: "row" | "target"): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (Number.isFinite(mean)) return mean;
  for (const [index, value] of values.entries()) inRange(action, `that of ${thing} ${index}`, value);
  // The sum is beyond the range, and no part of the mean.
  return values.reduce((sum, value) => sum + value / values.length, 0);
}

/** Returns a result when it is finite; throws RangeError otherwise. */
export function inRange(action: string, name: string, value: number): number {
  if (Number.isFinite(value)) return value;
  throw new RangeError(
    `Cannot ${action}: ${name} is ${value}, a number in the range of float64 is wanted: predictions and targets of a more usual scale`,
  );
}
