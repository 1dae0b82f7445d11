import { printed } from "./argument.js";
import { isRecord } from "./json.js";
import type { VariantName } from "./variant.js";

/** A number for each finished epoch, by the names of {@link Logs}. */
export interface EpochValues {
  /** Mean training loss over the rows of the epoch, with gates and penalties, each batch before its update. */
  loss: number[];
  /** Share of right training rows, with gates; with `metrics: ["accuracy"]`. */
  accuracy?: number[];
  /** Loss of the weight-scaled network on the validation rows, at the end of the epoch. */
  valLoss?: number[];
  /** Accuracy of the weight-scaled network on the validation rows. */
  valAccuracy?: number[];
  /** The other metrics, and those of the validation rows with `val` before their names. */
  [metric: string]: number[] | undefined;
}

/** The values of one epoch, or one batch; their meaning is that of {@link EpochValues}. */
export interface Logs {
  readonly loss: number;
  readonly accuracy?: number;
  readonly valLoss?: number;
  readonly valAccuracy?: number;
  readonly [metric: string]: number | undefined;
}

/** What ran. */
export interface FitInfo {
  seed: number;
  variant: VariantName;
}

/**
 * What `fit()` returns: the values of each finished epoch.
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { dense, History, sequential } from "thinned";
 *
 * const model = sequential([dense(1)], { inputShape: [1], seed: 1 });
 * const history = await model.fit([[1], [2]], [2, 4], { loss: "meanSquaredError", epochs: 3 });
 * assert.deepEqual(history.epoch, [0, 1, 2]);
 * assert.deepEqual(History.fromJSON(JSON.parse(JSON.stringify(history))), history);
 * ```
 */
export class History {
  history: EpochValues = { loss: [] };
  /** The epochs, from 0. */
  epoch: number[] = [];
  info: FitInfo;

  /** @internal */
  constructor(info: FitInfo) {
    this.info = info;
  }

  /** Appends the values of an epoch. @internal */
  record(epoch: number, logs: Logs): void {
    this.epoch.push(epoch);
    for (const [name, value] of Object.entries(logs)) {
      if (value === undefined) continue;
      // Not `??=`, which would find what every object inherits, such as a constructor.
      if (!Object.hasOwn(this.history, name)) this.history[name] = [];
      this.history[name]?.push(value);
    }
  }

  /** Returns the history as plain data. JSON writes what is no number, such as an AUC without positives, as null. */
  toJSON(): { history: EpochValues; epoch: number[]; info: FitInfo } {
    const { history, epoch, info } = this;
    return { history, epoch, info };
  }

  /**
   * Returns the history that `toJSON()`, and JSON, gave.
   *
   * @throws TypeError when `json` is something else
   */
  static fromJSON(json: unknown): History {
    const { history, epoch, info } = isRecord(json) ? json : {};
    const isNumbers = (values: unknown): values is (number | null)[] =>
      Array.isArray(values) && values.every((value) => value === null || typeof value === "number");
    if (
      !isRecord(history) ||
      !isRecord(info) ||
      !isNumbers(epoch) ||
      Object.hasOwn(history, "__proto__") ||
      !Object.values(history).every((values) => isNumbers(values) && values.length === epoch.length)
    ) {
      throw new TypeError(`Cannot read a history: it is ${printed(json)}, what toJSON() returned is wanted`);
    }
    const read = new History({ ...info } as unknown as FitInfo);
    read.epoch = [...epoch] as number[];
    for (const [name, values] of Object.entries(history as Record<string, (number | null)[]>)) {
      read.history[name] = values.map((value) => value ?? Number.NaN);
    }
    return read;
  }
}
