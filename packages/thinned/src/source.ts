import { type ClassWeight, describeClassWeight, type Examples } from "./examples.js";
import type { Instance } from "./wasm/instance.js";

/** The rows of one step, copies. */
export interface StepBatch {
  readonly x: Float32Array;
  readonly y: Float32Array;
  /** Empty where every row counts 1. */
  readonly weights: Float32Array;
  readonly rows: number;
}

/** Where the batches of a fit come from. */
export interface Source {
  /** Rows of an epoch; undefined when that is not known. */
  readonly rows: number | undefined;
  /** Numbers in the targets of a row. */
  readonly targetWidth: number;
  /** The rows, where they are all in memory. */
  readonly examples: Examples | undefined;
  /** Options that have to be the same in a fit that goes on with another's checkpoint. */
  readonly description: Readonly<Record<string, unknown>>;
  /** The batches of an epoch, from number `first` on; `instance` is where the order is drawn. */
  batches(epoch: number, first: number, instance: Instance): AsyncIterable<StepBatch> | Iterable<StepBatch>;
  /** Called once at the end, however the fit ends. */
  close(): Promise<void>;
}

/** Batches of rows that are all in memory. */
export class ArraySource implements Source {
  readonly rows: number;
  readonly targetWidth: number;
  readonly description: Readonly<Record<string, unknown>>;
  readonly examples: Examples;
  readonly #options: { readonly batchSize: number; readonly shuffle: boolean; readonly seed: number };

  constructor(
    examples: Examples,
    options: { batchSize: number; shuffle: boolean; seed: number },
    classWeight: ClassWeight | undefined,
  ) {
    this.rows = examples.batch.rows;
    this.targetWidth = examples.targets.width;
    this.examples = examples;
    this.#options = options;
    const { batchSize, shuffle } = options;
    this.description = { rows: this.rows, batchSize, shuffle, classWeight: describeClassWeight(classWeight) };
  }

  *batches(epoch: number, first: number, instance: Instance): Iterable<StepBatch> {
    const { batchSize } = this.#options;
    const order = this.#order(instance, epoch);
    for (let row = first * batchSize; row < this.rows; row += batchSize) {
      yield gather(this.examples, order.subarray(row, row + batchSize));
    }
  }

  async close(): Promise<void> {}

  #order(instance: Instance, epoch: number): Uint32Array {
    const { shuffle, seed } = this.#options;
    if (!shuffle) return Uint32Array.from({ length: this.rows }, (_, row) => row);
    return instance.run(({ permutation }) => permutation(this.rows, seed, epoch));
  }
}

/** Returns copies of the rows that `order` names, as one batch. */
function gather({ batch, targets, weights }: Examples, order: Uint32Array): StepBatch {
  return {
    x: gatherRows(batch.data, batch.data.length / batch.rows, order),
    y: gatherRows(targets.data, targets.width, order),
    weights: weights.length === 0 ? weights : gatherRows(weights, 1, order),
    rows: order.length,
  };
}

/** Rows narrower than this are copied number by number: a view of each would cost more than its numbers. */
const NARROW = 64;

function gatherRows(data: Float32Array, width: number, order: Uint32Array): Float32Array {
  const rows = new Float32Array(order.length * width); // [order, width]
  for (let index = 0; index < order.length; index++) {
    const from = (order[index] as number) * width;
    const to = index * width;
    if (width < NARROW) for (let i = 0; i < width; i++) rows[to + i] = data[from + i] as number;
    else rows.set(data.subarray(from, from + width), to);
  }
  return rows;
}
