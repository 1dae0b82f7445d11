import type { VariantName } from "./variant.js";

/** What `fit()` returns: the values of each finished epoch. */
export interface History {
  history: EpochValues;
  /** The epochs, from 0. */
  epoch: number[];
  info: { seed: number; variant: VariantName };
}

/** A number for each finished epoch. */
export interface EpochValues {
  /** Mean training loss over the rows of the epoch, with gates, each batch before its update. */
  loss: number[];
  /** Share of right training rows, with gates; with `metrics: ["accuracy"]`. */
  accuracy?: number[];
  /** Loss of the weight-scaled network on the validation rows, at the end of the epoch. */
  valLoss?: number[];
  /** Accuracy of the weight-scaled network on the validation rows. */
  valAccuracy?: number[];
}

/** The values of one epoch, or one batch; their meaning is that of {@link EpochValues}. */
export interface Logs {
  readonly loss: number;
  readonly accuracy?: number;
  readonly valLoss?: number;
  readonly valAccuracy?: number;
}

/** Appends the values of an epoch. */
export function record({ history, epoch }: History, index: number, logs: Logs): void {
  epoch.push(index);
  history.loss.push(logs.loss);
  for (const name of ["accuracy", "valLoss", "valAccuracy"] as const) {
    const value = logs[name];
    if (value === undefined) continue;
    history[name] ??= [];
    history[name].push(value);
  }
}
