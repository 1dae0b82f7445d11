import { finite, printed } from "./argument.js";
import type { Loss } from "./loss.js";
import type { Network } from "./network.js";
import { type Batch, toBatch } from "./rows.js";
import { type Targets, toTargets } from "./targets.js";
import type { TensorLike } from "./tensor.js";

/** Rows and what their outputs are compared with. */
export interface Examples {
  readonly batch: Batch;
  readonly targets: Targets;
}

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
  /** Inputs and targets to validate on. */
  readonly validationData?: readonly [x: TensorLike, y: TensorLike] | undefined;
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
  loss: Loss,
  { validationSplit = 0, validationData }: ValidationOptions,
): TrainingData {
  const all = toExamples(action, network, "x", x, "y", y, loss);
  const share = finite(
    action,
    "validationSplit",
    validationSplit,
    "in [0, 1)",
    (value) => value >= 0 && value < 1,
  );
  if (validationData !== undefined) {
    if (share > 0) {
      throw new RangeError(
        `Cannot ${action}: validationSplit is ${share} and there is validationData; one of them is wanted`,
      );
    }
    if (!Array.isArray(validationData) || validationData.length !== 2) {
      throw new TypeError(`Cannot ${action}: validationData is ${printed(validationData)}, [x, y] is wanted`);
    }
    const [validationX, validationY] = validationData as [TensorLike, TensorLike];
    const validation = toExamples(
      action,
      network,
      "validationData[0]",
      validationX,
      "validationData[1]",
      validationY,
      loss,
    );
    return { training: all, validation };
  }
  if (share === 0) return { training: all, validation: undefined };
  const { rows } = all.batch;
  const cut = rows - Math.min(Math.round(rows * share), rows - 1);
  if (cut === rows) {
    throw new RangeError(
      `Cannot ${action}: validationSplit ${share} of ${rows} rows leaves ${cut} to train and ${rows - cut} to validate on, at least one of each is wanted`,
    );
  }
  return { training: slice(all, 0, cut), validation: slice(all, cut, rows) };
}

function toExamples(
  action: string,
  network: Network,
  xName: string,
  x: TensorLike,
  yName: string,
  y: TensorLike,
  loss: Loss,
): Examples {
  const batch = toBatch(action, xName, x, network.architecture.inputShape);
  return { batch, targets: toTargets(action, yName, y, loss, batch.rows, network.outputShape) };
}

/** Returns the rows `[from, to)` as views. */
function slice({ batch, targets }: Examples, from: number, to: number): Examples {
  const width = batch.data.length / batch.rows;
  const data = batch.data.subarray(from * width, to * width);
  return {
    batch: { data, shape: [to - from, ...batch.shape.slice(1)], rows: to - from },
    targets: { ...targets, data: targets.data.subarray(from * targets.width, to * targets.width) },
  };
}

/** Returns copies of the rows that `order` names, as one batch. */
export function gather(
  { batch, targets }: Examples,
  order: Uint32Array,
): { x: Float32Array; y: Float32Array } {
  return {
    x: gatherRows(batch.data, batch.data.length / batch.rows, order),
    y: gatherRows(targets.data, targets.width, order),
  };
}

function gatherRows(data: Float32Array, width: number, order: Uint32Array): Float32Array {
  const rows = new Float32Array(order.length * width); // [order, width]
  for (const [to, from] of order.entries()) {
    rows.set(data.subarray(from * width, (from + 1) * width), to * width);
  }
  return rows;
}
