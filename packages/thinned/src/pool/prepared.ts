import type { Handle } from "../wasm/handle.js";

/** What a workplace was at last, ready to go on: the tables of an enumeration, or the arrays of training steps. */
export class Prepared<Owned extends { free(): void }> {
  #key = "";
  #last: Handle<Owned> | undefined;

  /** Returns what goes by `key`, which `start` makes if it is not the last one. */
  get(key: string, start: () => Handle<Owned>): Handle<Owned> {
    if (this.#last !== undefined && this.#key === key) return this.#last;
    this.dispose();
    this.#last = start();
    this.#key = key;
    return this.#last;
  }

  dispose(): void {
    this.#last?.dispose();
    this.#last = undefined;
  }
}
