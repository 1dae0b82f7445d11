import { onlyOptions, printed } from "./argument.js";
import type { Callback, FitControl } from "./callback.js";
import type { Logs } from "./history.js";

/** The options of {@link progress}. */
export interface ProgressOptions {
  /** Takes each line; default `console.info`. */
  readonly write?: ((line: string) => void) | undefined;
}

/**
 * Returns a callback that writes a line for every epoch: its number, the time it took, and the values of its logs.
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { dense, progress, sequential } from "thinned";
 *
 * const model = sequential([dense(1)], { inputShape: [1], seed: 1 });
 * const lines: string[] = [];
 * const callbacks = [progress({ write: (line) => lines.push(line) })];
 * await model.fit([[1], [2]], [2, 4], { loss: "meanSquaredError", epochs: 2, callbacks });
 * assert.match(lines[1] ?? "", /^epoch 1 - [\d.]+ s - loss: [\d.]+/);
 * ```
 */
export function progress(options: ProgressOptions = {}): Callback {
  const action = "make a progress callback";
  onlyOptions(action, options, ["write"]);
  const { write = (line: string) => globalThis.console.info(line) } = options;
  if (typeof write !== "function") {
    throw new TypeError(`Cannot ${action}: write is ${printed(write)}, a function is wanted`);
  }
  let start = 0;
  return {
    onEpochBegin: () => {
      start = performance.now();
    },
    onEpochEnd: (epoch: number, logs: Logs, control: FitControl) => {
      const seconds = ((performance.now() - start) / 1000).toPrecision(3);
      const values = Object.entries(logs).map(([name, value]) => `${name}: ${short(value)}`);
      const rate = `learningRate: ${short(control.learningRate)}`;
      write([`epoch ${epoch}`, `${seconds} s`, ...values, rate].join(" - "));
    },
  };
}

function short(value: number | undefined): string {
  return value === undefined ? "-" : String(Number(value.toPrecision(5)));
}
