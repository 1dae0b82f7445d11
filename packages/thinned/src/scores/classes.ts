import { printedShape } from "../argument.js";
import { ShapeError } from "../errors.js";
import type { Values } from "../numberArray.js";
import { indexed, type Tensor } from "../tensor.js";
import { everyValue, refuseResult, toFloat64, toSome } from "./values.js";

/**
 * How far from 1 the probabilities of a row may sum. A float32 softmax over 1,000 classes is off by 6e-5 at worst, half a unit
 * in the last place for each; what is further off was no distribution, or was rounded before it came here.
 */
const TOLERANCE = 1e-4;

/** Values with a label for each row. */
export interface ClassRows {
  readonly values: Tensor<Float64Array>;
  /** Values of a row; 1 stands for two classes. */
  readonly width: number;
  readonly labels: Uint32Array;
}

/** Returns probabilities `[batch, classes]`, `[batch]` or `[batch, 1]` with labels `[batch]`. */
export function toClassRows(action: string, probabilities: unknown, labels: unknown): ClassRows {
  const rows = toValueRows(action, "probabilities", probabilities, labels);
  refuseNoDistribution(action, "probabilities", rows.values, rows.width);
  return rows;
}

/** The same of any values, such as logits. */
export function toValueRows(action: string, name: string, value: unknown, labels: unknown): ClassRows {
  refuseResult(action, name, value, "the mean");
  const values = toFloat64(action, name, value);
  const width = rowWidth(action, name, values.shape);
  return { values, width, labels: toLabels(action, labels, values.shape[0] as number, Math.max(width, 2)) };
}

/** Returns how many values a row of classes has. */
export function rowWidth(action: string, name: string, shape: readonly number[]): number {
  if (shape.length <= 2) return shape[1] ?? 1;
  throw new ShapeError(
    `Cannot ${action}: ${name} has shape ${printedShape(shape)}, [batch, classes] or [batch] is wanted`,
  );
}

/** Returns labels `[batch]` of classes below `classes`. */
export function toLabels(action: string, value: unknown, rows: number, classes: number): Uint32Array {
  const labels = toSome(action, "labels", value);
  const { shape } = labels;
  if (shape[0] !== rows || shape.length > 2 || (shape[1] ?? 1) !== 1) {
    throw new ShapeError(`Cannot ${action}: labels has shape ${printedShape(shape)}, [${rows}] is wanted`);
  }
  const inside = (label: number) => Number.isInteger(label) && label >= 0 && label < classes;
  everyValue(action, "labels", labels, `a class, an integer in [0, ${classes - 1}],`, inside);
  return Uint32Array.from(labels.data);
}

/** Throws RangeError unless each row of `width` values is a distribution, or, where that is 1, a probability. */
export function refuseNoDistribution(action: string, name: string, values: Values, width: number): void {
  const most = width === 1 ? 1 : 1 + TOLERANCE;
  everyValue(action, name, values, "a probability in [0, 1]", (p) => p >= 0 && p <= most);
  if (width === 1) return;
  const { data, shape } = values;
  for (let first = 0; first < data.length; first += width) {
    let sum = 0;
    for (let k = first; k < first + width; k++) sum += data[k] as number;
    if (Math.abs(sum - 1) <= TOLERANCE) continue;
    const row = indexed(name, shape.slice(0, -1), first / width);
    throw new RangeError(`Cannot ${action}: ${row} sums to ${sum}, 1 within ${TOLERANCE} is wanted`);
  }
}
