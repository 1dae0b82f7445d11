import { onlyOptions, printed } from "./argument.js";
import type { Logs } from "./history.js";
import type { Tensor, TensorLike } from "./tensor.js";

/** What a callback can do to the fit that calls it. */
export interface FitControl {
  /** The learning rate of the next step. */
  readonly learningRate: number;
  /** Multiplies the learning rate, that of a schedule too, from the next step on. */
  scaleLearningRate(factor: number): void;
  /** Ends the fit after this epoch, for good: a fit that resumes from its checkpoint is over as well, whatever its `epochs`. */
  stop(): void;
  /** Ends the fit after this epoch. Unlike after `stop()`, a fit that resumes from its checkpoint goes on. */
  pause(): void;
  /** As `model.getWeights()`. */
  getWeights(): Tensor[];
  /** As `model.setWeights()`. */
  setWeights(weights: readonly TensorLike[]): void;
  /** As `model.save()`. */
  save(): Uint8Array<ArrayBuffer>;
}

/** What a callback remembers, so that a resumed fit has it: plain JSON, and tensors. */
export interface CallbackState {
  readonly values: unknown;
  readonly tensors?: readonly Tensor[] | undefined;
}

/**
 * Functions that `fit()` calls, and awaits, at fixed points. An error that one throws ends the fit. An object of a class
 * may have fields of its own beside them; a plain object may not.
 */
export interface Callback {
  readonly onTrainBegin?: ((control: FitControl) => void | Promise<void>) | undefined;
  readonly onEpochBegin?: ((epoch: number, control: FitControl) => void | Promise<void>) | undefined;
  readonly onEpochEnd?:
    | ((epoch: number, logs: Logs, control: FitControl) => void | Promise<void>)
    | undefined;
  /** `batch` counts within the epoch; `logs` are those of the batch. */
  readonly onBatchEnd?:
    | ((batch: number, logs: Logs, control: FitControl) => void | Promise<void>)
    | undefined;
  /** After the last epoch; not after an error or an abort. */
  readonly onTrainEnd?: ((control: FitControl) => void | Promise<void>) | undefined;
  /** Returns what a checkpoint is to keep of this callback. */
  readonly getState?: (() => CallbackState) | undefined;
  /** Takes it back, before `onTrainBegin`, when a fit is resumed. */
  readonly setState?: ((state: CallbackState) => void) | undefined;
}

const events = [
  "onTrainBegin",
  "onEpochBegin",
  "onEpochEnd",
  "onBatchEnd",
  "onTrainEnd",
  "getState",
  "setState",
] as const;

/** Returns the checked callbacks; default none. */
export function checkCallbacks(action: string, callbacks: unknown = []): Callback[] {
  if (!Array.isArray(callbacks)) {
    throw new TypeError(`Cannot ${action}: callbacks is ${printed(callbacks)}, an array is wanted`);
  }
  for (const [index, callback] of callbacks.entries()) {
    if (typeof callback !== "object" || callback === null) {
      throw new TypeError(
        `Cannot ${action}: callbacks[${index}] is ${printed(callback)}, an object with ${events.join(", ")} is wanted`,
      );
    }
    checkEvents(`${action}: callbacks[${index}]`, callback);
    for (const event of events) {
      if (callback[event] === undefined || typeof callback[event] === "function") continue;
      throw new TypeError(
        `Cannot ${action}: callbacks[${index}].${event} is ${printed(callback[event])}, a function is wanted`,
      );
    }
  }
  return [...callbacks];
}

/** Throws TypeError for a slip in the name of an event, which would silently never be called. */
function checkEvents(action: string, callback: object): void {
  const prototype: unknown = Object.getPrototypeOf(callback);
  if (prototype === Object.prototype || prototype === null) onlyOptions(action, callback, events);
  else if (!events.some((event) => event in callback)) {
    throw new TypeError(
      `Cannot ${action} is ${printed(callback)} without any of ${events.join(", ")}; one of them is wanted`,
    );
  }
}
