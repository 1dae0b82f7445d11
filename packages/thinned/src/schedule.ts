import { printed } from "./argument.js";

/** How far a long call has come; what is counted stands with the call. */
export interface Progress {
  readonly done: number;
  readonly total: number;
}

/** The options of every long call. */
export interface LongCallOptions<Report extends Progress = Progress> {
  /** Ends the call with an `AbortError`. */
  readonly signal?: AbortSignal | undefined;
  /** Called about every 16 ms, and once at the end. A promise that it returns is awaited; an error of it ends the call. */
  readonly onProgress?: ((progress: Report) => void) | undefined;
}

/** Work that can be done a bit at a time. */
export interface Divisible {
  /** What is left, in units of work. */
  remaining(): number;
  /** Does about this many units: a single one that is long may take several steps. */
  step(units: number): void;
}

/** A slice of work between two turns of the event loop: one frame of a screen. */
export const SLICE_MS = 16;

/** A step may be this much longer than the one before, which measured its speed. */
const GROWTH = 8;

/** What `onProgress` may be: what it returns is awaited. */
export type Report = (progress: Progress) => unknown;

/** Cuts a long call into slices: between them the event loop turns, progress is reported and the signal is looked at. */
export class Schedule {
  readonly #action: string;
  readonly #total: number;
  readonly #signal: AbortSignal | undefined;
  readonly #report: Report | undefined;
  readonly #refuseDisposed: () => void;
  #done = 0;
  #sliceStart = performance.now();

  /**
   * Checks the options, and throws AbortError when the signal is aborted already. `refuseDisposed` throws once the
   * model of the call is disposed.
   */
  constructor(
    action: string,
    total: number,
    { signal, onProgress }: LongCallOptions,
    refuseDisposed: () => void = () => undefined,
  ) {
    this.#action = action;
    this.#total = total;
    this.#signal = checkSignal(action, signal);
    this.#report = checkProgress(action, onProgress);
    this.#refuseDisposed = refuseDisposed;
    this.check();
  }

  /** Whether this slice has lasted long enough. */
  get over(): boolean {
    return performance.now() - this.#sliceStart >= SLICE_MS;
  }

  /** Counts finished work. */
  add(units: number): void {
    this.#done += units;
  }

  /** Throws AbortError when the signal was aborted, DisposedError when the model was disposed. */
  check(): void {
    this.#throwIfAborted();
    this.#refuseDisposed();
  }

  /** Ends the slice: reports, lets the event loop turn, and checks. */
  async next(): Promise<void> {
    await this.#report?.({ done: this.#done, total: this.#total });
    this.check();
    await turnOfEventLoop();
    this.check();
    this.#sliceStart = performance.now();
  }

  /** Does all of `work` in steps that fit a slice; each unit counts `weight` towards the total. */
  async run(work: Divisible, weight = 1): Promise<void> {
    if (this.over) await this.next();
    let most = 1;
    for (let left = work.remaining(); left > 0; ) {
      const units = Math.min(most, left);
      const start = performance.now();
      work.step(units);
      const elapsedMs = Math.max(performance.now() - start, SLICE_MS / 1000);
      const before = left;
      left = work.remaining();
      this.add((before - left) * weight);
      most = Math.max(1, Math.min(units * GROWTH, Math.floor((units * SLICE_MS) / elapsedMs)));
      if (this.over) await this.next();
    }
  }

  /** Reports that all is done, and checks: also a call that took no more than one slice was under way until now. */
  async finish(): Promise<void> {
    await this.#report?.({ done: this.#total, total: this.#total });
    this.check();
  }

  #throwIfAborted(): void {
    if (!this.#signal?.aborted) return;
    const error = new DOMException(
      `Cannot ${this.#action}: its signal was aborted ${this.#total === 0 ? "before its first step" : `after ${this.#done} of ${this.#total}`}`,
      "AbortError",
    );
    Object.defineProperty(error, "cause", { value: this.#signal.reason, configurable: true, writable: true });
    throw error;
  }
}

/** Returns the checked option `signal`. */
export function checkSignal(action: string, signal: unknown): AbortSignal | undefined {
  if (signal === undefined) return undefined;
  // Not by instanceof: a signal of another realm, such as a test environment's, serves as well.
  if (typeof signal === "object" && signal !== null && "aborted" in signal) return signal as AbortSignal;
  throw new TypeError(
    `Cannot ${action}: signal is ${printed(signal)}, the signal of an AbortController is wanted`,
  );
}

/** Returns the checked option `onProgress`. */
export function checkProgress(action: string, onProgress: unknown): Report | undefined {
  if (onProgress === undefined || typeof onProgress === "function") return onProgress as never;
  throw new TypeError(`Cannot ${action}: onProgress is ${printed(onProgress)}, a function is wanted`);
}

let channel: MessageChannel | undefined;

/** Resolves in the next turn of the event loop, without the 4 ms that nested timers are held back for. */
export function turnOfEventLoop(): Promise<void> {
  const { setImmediate } = globalThis as { setImmediate?: (callback: () => void) => unknown };
  return new Promise((resolve) => {
    if (setImmediate !== undefined) {
      setImmediate(resolve);
      return;
    }
    channel ??= new MessageChannel();
    channel.port1.addEventListener("message", () => resolve(), { once: true });
    channel.port1.start();
    channel.port2.postMessage(null);
  });
}
