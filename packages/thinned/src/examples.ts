import { finite, printed } from "./argument.js";
import { ShapeError } from "./errors.js";
import { isRecord } from "./json.js";
import { type CheckedLoss, isRegression } from "./loss.js";
import type { Network } from "./network.js";
import { isNumberArray } from "./numberArray.js";
import { type Batch, toBatch } from "./rows.js";
import { type Targets, toTargets } from "./targets.js";
import { indexed, type TensorLike, toOwnTensor } from "./tensor.js";

/** Rows and what their outputs are compared with. */
export interface Examples {
  readonly batch: Batch;
  readonly targets: Targets;
  /** What the loss of each row counts; empty where all count 1. */
  readonly weights: Float32Array;
}

/** What rows of a class count, by its number: an array, or a plain object. */
export type ClassWeight = readonly number[] | Readonly<Record<number, number>>;

/** Returns what classes count as the settings of a checkpoint have it: an array and an object of the same weights are the same. */
export function describeClassWeight(classWeight: ClassWeight | undefined): object | undefined {
  return classWeight === undefined ? undefined : Object.fromEntries(Object.entries(classWeight));
}

/** How the rows of a batch are weighed. */
interface Weighing {
  readonly sampleWeight?: TensorLike | undefined;
  readonly classWeight?: ClassWeight | undefined;
}

/** Returns checked rows; `names` are those of inputs, targets and weights in messages. */
export function toExamples(
  action: string,
  network: Network,
  [xName, yName, weightName]: readonly [string, string, string],
  x: TensorLike,
  y: TensorLike,
  loss: CheckedLoss,
  { sampleWeight, classWeight }: Weighing,
): Examples {
  const batch = toBatch(action, xName, x, network.architecture.inputShape);
  const targets = toTargets(action, yName, y, loss, batch.rows, network.outputShape);
  const bySample = sampleWeights(action, weightName, sampleWeight, batch.rows);
  const byClass = classWeights(action, classWeight, loss, targets, network.outputShape);
  if (bySample === undefined && byClass === undefined) return { batch, targets, weights: new Float32Array() };
  const weights = Float32Array.from({ length: batch.rows }, (_, row) => {
    return (bySample?.[row] ?? 1) * (byClass?.(row) ?? 1);
  });
  const wild = weights.indexOf(Infinity);
  if (wild < 0) return { batch, targets, weights };
  throw new RangeError(
    `Cannot ${action}: ${weightName}[${wild}] times the classWeight of its row is beyond float32, smaller weights are wanted`,
  );
}

function sampleWeights(
  action: string,
  name: string,
  value: TensorLike | undefined,
  rows: number,
): Float32Array | undefined {
  if (value === undefined) return undefined;
  const { data, shape } = toOwnTensor(action, name, value);
  if (shape.length !== 1 || shape[0] !== rows) {
    throw new ShapeError(`Cannot ${action}: ${name} has shape ${printed(shape)}, [${rows}] is wanted`);
  }
  const negative = data.findIndex((weight) => weight < 0);
  if (negative < 0) return data;
  throw new RangeError(
    `Cannot ${action}: ${indexed(name, shape, negative)} is ${data[negative]}, a number of at least 0 is wanted`,
  );
}

/** Returns what a row counts by its class: its label, the largest of its targets, or whether its one target is above ½. */
function classWeights(
  action: string,
  classWeight: unknown,
  loss: CheckedLoss,
  { data, width }: Targets,
  outputShape: readonly number[],
): ((row: number) => number) | undefined {
  if (classWeight === undefined) return undefined;
  const name = "classWeight";
  if (!isByNumber(classWeight)) {
    throw new TypeError(
      `Cannot ${action}: ${name} is ${printed(classWeight)}, an array or a plain object of weights by the numbers of classes is wanted`,
    );
  }
  const outputs = outputShape.reduce((product, size) => product * size, 1);
  const classes = loss.name === "binaryCrossentropy" && outputs === 1 ? 2 : outputs;
  if (isRegression(loss) || (loss.name === "binaryCrossentropy" && outputs > 1)) {
    throw new RangeError(
      `Cannot ${action}: there is a ${name}, a loss of classes is wanted with it, not ${printed(loss.name)} of ${outputs} outputs`,
    );
  }
  const weights = new Float64Array(classes).fill(1);
  for (const [key, weight] of Object.entries(classWeight)) {
    const number = Number(key);
    // "01" and "" are numbers to `Number`, and names of no class.
    if (!/^(0|[1-9]\d*)$/.test(key) || number >= classes) {
      throw new RangeError(
        `Cannot ${action}: ${name} has ${printed(key)}, the number of a class in [0, ${classes}) is wanted`,
      );
    }
    const wanted = "of at least 0 and within float32";
    const has = (value: number) => value >= 0 && Number.isFinite(Math.fround(value));
    weights[number] = finite(action, `${name}[${key}]`, weight, wanted, has);
  }
  return (row) => {
    const target = data.subarray(row * width, (row + 1) * width);
    const [first = 0] = target;
    if (loss.name === "sparseCategoricalCrossentropy") return weights[first] as number;
    const found = width === 1 ? Number(first > 0.5) : likeliest(target);
    return weights[found] as number;
  };
}

/** Returns whether the own keys of `value` are all that it holds, as those of a `Map` are not. */
function isByNumber(value: unknown): value is Readonly<Record<string, unknown>> {
  if (Array.isArray(value) || isNumberArray(value)) return true;
  if (!isRecord(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // Not by identity: a plain object of another realm serves as well.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Returns the first of the largest. */
function likeliest(target: Float32Array): number {
  return target.reduce((best, value, index) => (value > (target[best] as number) ? index : best), 0);
}
