import { oneOf, printed } from "./argument.js";
import type { Logs } from "./history.js";

/** Which way a monitored value improves; `"auto"` is up for accuracies and areas, and down for everything else. */
export type MonitorMode = "auto" | "min" | "max";

/** The options of callbacks that watch a value. */
export interface MonitorOptions {
  /** A name in the logs of an epoch; default `"valLoss"`. */
  readonly monitor?: string | undefined;
  /** Default `"auto"`. */
  readonly mode?: MonitorMode | undefined;
  /** A smaller change is no improvement, at least 0. */
  readonly minDelta?: number | undefined;
}

/** A value that is watched for improvement. */
export class Monitor {
  readonly name: string;
  /** The best value so far. */
  best: number;
  /** Its options, as a resumed fit has to share them. */
  readonly description: { readonly monitor: string; readonly mode: "min" | "max"; readonly minDelta: number };
  readonly #sign: 1 | -1;
  readonly #minDelta: number;

  constructor(action: string, { monitor = "valLoss", mode = "auto" }: MonitorOptions, minDelta: number) {
    if (typeof monitor !== "string") {
      throw new TypeError(
        `Cannot ${action}: monitor is ${printed(monitor)}, a name such as "valLoss" is wanted`,
      );
    }
    const checked = oneOf(action, "mode", mode, ["auto", "min", "max"] as const);
    const rises = checked === "max" || (checked === "auto" && /accuracy$|auc$/i.test(monitor));
    this.name = monitor;
    this.description = { monitor, mode: rises ? "max" : "min", minDelta };
    this.#sign = rises ? 1 : -1;
    this.#minDelta = minDelta;
    this.best = rises ? -Infinity : Infinity;
  }

  /** Returns the value in `logs`; throws RangeError when it is not there. */
  read(action: string, logs: Logs): number {
    const value = logs[this.name];
    if (value !== undefined) return value;
    throw new RangeError(
      `Cannot ${action}: monitor is ${printed(this.name)}, one of ${printed(Object.keys(logs))} is wanted` +
        (/^val/.test(this.name) ? "; validationSplit or validationData gives those of validation" : ""),
    );
  }

  /** Notes `value` as the best, and returns true, when it improves by more than the least change. */
  improves(value: number): boolean {
    if (!(this.#sign * (value - this.best) > this.#minDelta)) return false;
    this.best = value;
    return true;
  }
}
