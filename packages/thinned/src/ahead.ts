/**
 * What an iterable gives, where it can be asked for before it is wanted.
 *
 * Only what is at hand is: a synchronous iterable is one of arrays in memory, while one that waits may be a stream of the
 * caller's, who may want to know how far the reader is.
 */
export class Ahead<Value> implements AsyncIterable<Value> {
  readonly #values: Iterator<Value> | AsyncIterator<Value>;
  readonly #isAtHand: boolean;
  #next: IteratorResult<Value> | undefined;

  constructor(values: Iterable<Value> | AsyncIterable<Value>) {
    this.#isAtHand = Symbol.iterator in values;
    this.#values = Symbol.iterator in values ? values[Symbol.iterator]() : values[Symbol.asyncIterator]();
  }

  /** Makes the next value, unless it is made already or has to be waited for. */
  prepare(): void {
    if (this.#isAtHand) this.#next ??= (this.#values as Iterator<Value>).next();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Value> {
    // As a for loop does: what ends by itself, or throws, is not closed.
    let isOpen = false;
    try {
      for (;;) {
        const { done, value } = this.#next ?? (await this.#values.next());
        this.#next = undefined;
        if (done) return;
        isOpen = true;
        yield value as Value;
        isOpen = false;
      }
    } finally {
      if (isOpen) await this.#values.return?.();
    }
  }
}
