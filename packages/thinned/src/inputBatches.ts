import { printed } from "./argument.js";
import type { TensorLike } from "./tensor.js";

/** Inputs as they come, each a batch of rows. */
export type InputBatches = Iterable<TensorLike> | AsyncIterable<TensorLike>;

/** The batches, asked for one at a time. */
export class InputSource {
  readonly #iterator: Iterator<TensorLike> | AsyncIterator<TensorLike>;
  #asked: Promise<IteratorResult<TensorLike>> | undefined;
  #over = false;
  #failed = false;
  #reading = false;

  constructor(action: string, batches: unknown) {
    const isObject = typeof batches === "object" && batches !== null;
    if (isObject && Symbol.asyncIterator in batches) {
      this.#iterator = (batches as AsyncIterable<TensorLike>)[Symbol.asyncIterator]();
    } else if (isObject && Symbol.iterator in batches) {
      this.#iterator = (batches as Iterable<TensorLike>)[Symbol.iterator]();
    } else {
      throw new TypeError(
        `Cannot ${action}: the batches are ${printed(batches)}, an iterable or async iterable of inputs is wanted`,
      );
    }
  }

  /** Asks for the next batch; resolves to "ready" when it is there, never when there is none or an error instead. */
  peek(): Promise<"ready"> | undefined {
    if (this.#over || this.#failed) return undefined;
    return new Promise((resolve) => {
      this.#ask().then(
        ({ done }) => (done ? undefined : resolve("ready")),
        () => undefined,
      );
    });
  }

  /** Resolves to the next batch, or undefined behind the last; rejects with an error of the source. */
  async next(): Promise<{ value: TensorLike } | undefined> {
    if (this.#over) return undefined;
    const { done, value } = await this.#ask();
    this.#asked = undefined;
    return done ? undefined : { value };
  }

  /** Ends the source, unless it has ended or failed by itself; one that may never answer is not waited for when `aborted`. */
  async close(aborted: boolean): Promise<void> {
    if (this.#over || this.#failed) return;
    this.#over = true;
    const ended = Promise.resolve(this.#iterator.return?.());
    if (!(aborted && this.#reading)) await ended;
    // Nobody is left to hear of it.
    else ended.catch(() => undefined);
  }

  #ask(): Promise<IteratorResult<TensorLike>> {
    this.#asked ??= this.#read();
    return this.#asked;
  }

  async #read(): Promise<IteratorResult<TensorLike>> {
    this.#reading = true;
    try {
      const result = await this.#iterator.next();
      if (result.done) this.#over = true;
      return result;
    } catch (error) {
      this.#failed = true;
      throw error;
    } finally {
      this.#reading = false;
    }
  }
}
