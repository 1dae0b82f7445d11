import type { Callback, CallbackState } from "thinned";

/** Seconds of training, those before an interruption included. */
export class TrainingTime implements Callback {
  readonly #started = performance.now();
  #before = 0;

  /** Seconds since this run began. */
  get ofThisRun(): number {
    return (performance.now() - this.#started) / 1000;
  }

  /** Seconds of the runs that the checkpoint has. */
  get before(): number {
    return this.#before;
  }

  get seconds(): number {
    return this.#before + this.ofThisRun;
  }

  getState(): CallbackState {
    return { values: this.seconds };
  }

  setState({ values }: CallbackState): void {
    this.#before = Number(values);
  }
}
