import { onlyOptions, printed } from "./argument.js";
import type { Logs } from "./history.js";

/**
 * Functions that `fit()` calls, and awaits, at fixed points. An error that one throws ends the fit. An object of a class
 * may have fields of its own beside them; a plain object may not.
 */
export interface Callback {
  readonly onEpochBegin?: ((epoch: number) => void | Promise<void>) | undefined;
  readonly onEpochEnd?: ((epoch: number, logs: Logs) => void | Promise<void>) | undefined;
  /** `batch` counts within the epoch; `logs` are those of the batch. */
  readonly onBatchEnd?: ((batch: number, logs: Logs) => void | Promise<void>) | undefined;
}

const events = ["onEpochBegin", "onEpochEnd", "onBatchEnd"] as const;

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
