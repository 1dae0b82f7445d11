import { finite, printed } from "./argument.js";
import { type ClassWeight, type Examples, toExamples } from "./examples.js";
import type { CheckedLoss } from "./loss.js";
import type { Network } from "./network.js";
import type { Schedule } from "./schedule.js";
import { readInSlices, type TensorLike } from "./tensor.js";

/** The rows to train on, and those to validate on. */
export interface TrainingData {
  readonly training: Examples;
  readonly validation: Examples | undefined;
}

/** The options of `fit()` that say what to validate on. */
export interface ValidationOptions {
  /**
   * Share of the rows, in `[0, 1)`, that is validated on: the last `round(share · rows)` of them, before any shuffling,
   * but always one row fewer than there are; default 0.
   */
  readonly validationSplit?: number | undefined;
  /** Inputs and targets to validate on, and perhaps what each row counts. */
  readonly validationData?:
    | readonly [x: TensorLike, y: TensorLike]
    | readonly [x: TensorLike, y: TensorLike, sampleWeight: TensorLike]
    | undefined;
}

/** What a fit reads numbers from. */
type Given = Pick<ValidationOptions, "validationData"> &
  Pick<WeightOptions, "sampleWeight"> & { readonly x?: TensorLike; readonly y?: TensorLike };

/**
 * Resolves to the same with every tensor copied and checked, in slices: 60,000 images hold a page for a fifth of a second
 * else. What has a wrong form is left to be refused by those who know the form.
 */
export async function readData<Data extends Given>(
  action: string,
  given: Data,
  slices: Schedule,
): Promise<Data> {
  const read = async (name: string, value: TensorLike | undefined) =>
    value === undefined ? undefined : readInSlices(action, name, value, slices);
  const { x, y, sampleWeight, validationData } = given;
  const all: Given = {
    ...(x !== undefined && { x: await readInSlices(action, "x", x, slices) }),
    ...(y !== undefined && { y: await readInSlices(action, "y", y, slices) }),
    sampleWeight: await read("sampleWeight", sampleWeight),
    validationData,
  };
  if (!Array.isArray(validationData)) return { ...given, ...all };
  const parts: (TensorLike | undefined)[] = [];
  for (const [index, part] of validationData.entries()) {
    parts.push(await read(`validationData[${index}]`, part));
  }
  return { ...given, ...all, validationData: parts };
}

/** The options of `fit()` that say what each row counts. */
export interface WeightOptions {
  /**
   * What the loss of each row counts, `[batch]`, at least 0; default 1. The loss of a batch is the sum of the weighted losses
   * over the number of its rows, as in Keras.
   */
  readonly sampleWeight?: TensorLike | undefined;
  /** What the rows of each class count, by its number; 1 where nothing is said. Times the `sampleWeight`. Only for training. */
  readonly classWeight?: ClassWeight | undefined;
}

/**
 * Returns the checked data of a fit.
 *
 * @throws RangeError when the split leaves no row to train or to validate on
 */
export function trainingData(
  action: string,
  network: Network,
  x: TensorLike,
  y: TensorLike,
  loss: CheckedLoss,
  { validationSplit = 0, validationData, sampleWeight, classWeight }: ValidationOptions & WeightOptions,
): TrainingData {
  const names = ["x", "y", "sampleWeight"] as const;
  const weighing = { sampleWeight, classWeight };
  const share = finite(
    action,
    "validationSplit",
    validationSplit,
    "in [0, 1)",
    (value) => value >= 0 && value < 1,
  );
  if (share > 0 && validationData !== undefined) {
    throw new RangeError(
      `Cannot ${action}: validationSplit is ${share} and there is validationData; one of them is wanted`,
    );
  }
  const all = toExamples(action, network, names, x, y, loss, weighing);
  const validation = validationExamples(action, network, loss, validationData);
  if (share === 0) return { training: all, validation };
  const { rows } = all.batch;
  const cut = rows - Math.min(Math.round(rows * share), rows - 1);
  if (cut === rows) {
    throw new RangeError(
      `Cannot ${action}: validationSplit ${share} of ${rows} rows leaves ${cut} to train and ${rows - cut} to validate on, at least one of each is wanted`,
    );
  }
  // What classes count concerns training alone.
  const plain =
    classWeight === undefined ? all : toExamples(action, network, names, x, y, loss, { sampleWeight });
  return { training: slice(all, 0, cut), validation: slice(plain, cut, rows) };
}

/** Returns the checked rows to validate on, if there are any. */
export function validationExamples(
  action: string,
  network: Network,
  loss: CheckedLoss,
  data: ValidationOptions["validationData"],
): Examples | undefined {
  if (data === undefined) return undefined;
  if (!Array.isArray(data) || data.length < 2 || data.length > 3) {
    throw new TypeError(
      `Cannot ${action}: validationData is ${printed(data)}, [x, y] is wanted, or [x, y, sampleWeight]`,
    );
  }
  const [x, y, sampleWeight] = data as readonly TensorLike[];
  const names = ["validationData[0]", "validationData[1]", "validationData[2]"] as const;
  return toExamples(action, network, names, x as TensorLike, y as TensorLike, loss, { sampleWeight });
}

/** Returns the rows `[from, to)` as views. */
function slice({ batch, targets, weights }: Examples, from: number, to: number): Examples {
  const width = batch.data.length / batch.rows;
  const data = batch.data.subarray(from * width, to * width);
  return {
    batch: { data, shape: [to - from, ...batch.shape.slice(1)], rows: to - from },
    targets: { ...targets, data: targets.data.subarray(from * targets.width, to * targets.width) },
    weights: weights.subarray(from, to),
  };
}
