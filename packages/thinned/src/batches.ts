import { onlyOptions, printed } from "./argument.js";
import { type ClassWeight, describeClassWeight, toExamples } from "./examples.js";
import { isRecord } from "./json.js";
import type { CheckedLoss } from "./loss.js";
import type { Network } from "./network.js";
import type { Source, StepBatch } from "./source.js";
import type { TensorLike } from "./tensor.js";

/** The rows of one step: inputs, targets, and perhaps what each row counts. */
export type FitBatch =
  | readonly [x: TensorLike, y: TensorLike]
  | readonly [x: TensorLike, y: TensorLike, sampleWeight: TensorLike]
  | { readonly x: TensorLike; readonly y: TensorLike; readonly sampleWeight?: TensorLike | undefined };

/** Something that yields the batches of a fit, one a step. */
export type BatchIterable = Iterable<FitBatch> | AsyncIterable<FitBatch>;

/**
 * Batches as they come: an iterable, synchronous or not, or a function that returns one for each epoch. An array or
 * other collection starts again with every epoch; a generator goes on where it was.
 */
export type FitBatches = BatchIterable | ((epoch: number) => BatchIterable);

type BatchIterator = Iterator<FitBatch> | AsyncIterator<FitBatch>;

/** Batches that the caller makes. */
export class IterableSource implements Source {
  readonly rows = undefined;
  readonly examples = undefined;
  readonly targetWidth: number;
  readonly description: Readonly<Record<string, unknown>>;
  readonly #batches: FitBatches;
  readonly #steps: number | undefined;
  readonly #read: (batch: unknown, place: string) => StepBatch;
  /** Of a generator, which has one life only. */
  #shared: BatchIterator | undefined;
  #open: BatchIterator | undefined;
  /** Batches that the generator has given. */
  #given = 0;

  constructor(
    network: Network,
    batches: FitBatches,
    loss: CheckedLoss,
    stepsPerEpoch: number | undefined,
    classWeight: ClassWeight | undefined,
    targetWidth: number,
    checkRows: (rows: number) => void,
  ) {
    this.#batches = batches;
    this.#steps = stepsPerEpoch;
    this.targetWidth = targetWidth;
    this.description = {
      stepsPerEpoch: stepsPerEpoch ?? null,
      classWeight: describeClassWeight(classWeight),
    };
    this.#read = (batch, place) => {
      const { x, y, sampleWeight } = partsOf(batch, place);
      const names = [`x of ${place}`, `y of ${place}`, `sampleWeight of ${place}`] as const;
      const weighing = { sampleWeight, classWeight };
      const { batch: rows, targets, weights } = toExamples("fit", network, names, x, y, loss, weighing);
      checkRows(rows.rows);
      return { x: rows.data, y: targets.data, weights, rows: rows.rows };
    };
  }

  async *batches(epoch: number, first: number): AsyncIterable<StepBatch> {
    const iterator = this.#iterator(epoch);
    this.#open = iterator;
    // A generator that a resumed fit is given begins with the batches that were trained on before.
    let index =
      this.#shared === undefined || this.#steps === undefined ? 0 : this.#given - epoch * this.#steps;
    for (; this.#steps === undefined || index < this.#steps; index++) {
      const { done, value } = await iterator.next();
      if (done) return this.#end(epoch, index);
      this.#given++;
      if (index < first) continue;
      yield this.#read(value, `batch ${index} of epoch ${epoch}`);
    }
    if (this.#shared === undefined) await this.close();
  }

  async close(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    await open?.return?.();
  }

  /** Throws when the batches have ended before the epoch has. */
  #end(epoch: number, index: number): void {
    this.#open = undefined;
    if (index > 0 && this.#steps === undefined) return;
    const wanted = this.#steps ?? "at least 1";
    const hint =
      this.#shared === undefined
        ? ""
        : "; a generator goes on from epoch to epoch, a function that returns a new one starts again";
    throw new RangeError(
      `Cannot go on with fit(): the batches ended after ${index} of epoch ${epoch}, ${wanted} are wanted${hint}`,
    );
  }

  #iterator(epoch: number): BatchIterator {
    if (this.#shared !== undefined) return this.#shared;
    const made = typeof this.#batches === "function" ? this.#batches(epoch) : this.#batches;
    const iterator = iteratorOf(made);
    // A generator is its own iterator, and there is no second one to be had.
    if (typeof this.#batches !== "function" && (iterator as unknown) === made) this.#shared = iterator;
    return iterator;
  }
}

/** Returns whether `value` can yield batches. */
export function isBatches(value: unknown): value is FitBatches {
  if (typeof value === "function") return true;
  return (
    typeof value === "object" && value !== null && (Symbol.iterator in value || Symbol.asyncIterator in value)
  );
}

function iteratorOf(value: unknown): BatchIterator {
  if (!isBatches(value) || typeof value === "function") {
    throw new TypeError(
      `Cannot fit: the batches are ${printed(value)}, an iterable of [x, y], or a function that returns one, is wanted`,
    );
  }
  return Symbol.asyncIterator in value ? value[Symbol.asyncIterator]() : value[Symbol.iterator]();
}

function partsOf(
  batch: unknown,
  place: string,
): { x: TensorLike; y: TensorLike; sampleWeight?: TensorLike | undefined } {
  if (Array.isArray(batch) && (batch.length === 2 || batch.length === 3)) {
    const [x, y, sampleWeight] = batch;
    return { x, y, sampleWeight };
  }
  if (isRecord(batch) && "x" in batch && "y" in batch) {
    onlyOptions(`fit: ${place}`, batch, ["x", "y", "sampleWeight"]);
    return batch as never;
  }
  throw new TypeError(
    `Cannot fit: ${place} is ${printed(batch)}, [x, y], [x, y, sampleWeight] or { x, y, sampleWeight } is wanted`,
  );
}
