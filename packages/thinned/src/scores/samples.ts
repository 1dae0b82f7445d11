import { printedShape } from "../argument.js";
import { ShapeError } from "../errors.js";
import type { Values } from "../numberArray.js";
import { sizeOf } from "../tensor.js";
import { float64, toSome } from "./values.js";

/** What one call into the module takes along: 8 MiB of samples, for its memory never shrinks. */
const MOST_VALUES = 2 ** 20;

/** Samples `[samples, rows, width]`, checked. */
export interface SampleColumns {
  readonly values: Values;
  /** How many draws there are of each row. */
  readonly count: number;
  readonly rows: number;
  /** Numbers of one row in one sample. */
  readonly width: number;
}

/** Returns samples `[samples, batch, ...]`. */
export function toSamples(action: string, value: unknown): SampleColumns {
  const values = toSome(action, "samples", value);
  const [count = 0, rows = 0, ...row] = values.shape;
  if (values.shape.length < 2) {
    throw new ShapeError(
      `Cannot ${action}: samples has shape ${printedShape(values.shape)}, [samples, batch, ...] is wanted`,
    );
  }
  return { values, count, rows, width: sizeOf(row) };
}

/**
 * Returns what `compute` returns for all rows, some at a time: it is given `[samples, rows, width]` of them, and which they
 * are. No row knows of another, so no number depends on the cuts.
 */
export function byRows(
  { values: { data }, count, rows, width }: SampleColumns,
  compute: (samples: Float64Array, first: number, rows: number) => Float64Array,
): Float64Array {
  const most = Math.max(1, Math.floor(MOST_VALUES / (count * width)));
  if (rows <= most) return compute(float64(data), 0, rows);
  const parts: Float64Array[] = [];
  for (let first = 0; first < rows; first += most) {
    const some = Math.min(most, rows - first);
    const part = new Float64Array(count * some * width); // [samples, some, width]
    for (let sample = 0; sample < count; sample++) {
      const from = (sample * rows + first) * width;
      part.set(data.slice(from, from + some * width), sample * some * width);
    }
    parts.push(compute(part, first, some));
  }
  const whole = new Float64Array(parts.reduce((length, part) => length + part.length, 0));
  let filled = 0;
  for (const part of parts) {
    whole.set(part, filled);
    filled += part.length;
  }
  return whole;
}
