import type { Learned } from "./learned.ts";

/** A layer that learns, row by row. */
export interface Learner {
  readonly learned: readonly Learned[];
  /** Returns its outputs for one row, under the masks of the batch or of the row. */
  forward(values: Float64Array): Float64Array;
  /** Adds the gradients of the row that went forward last, from that of its outputs; returns that of what the layer before gave. */
  backward(slope: Float64Array): Float64Array;
  /** Returns its outputs for one row without gates. */
  predict(values: Float64Array): Float64Array;
  /** Draws masks anew; called before each batch, and before each row when `masks` are independent. */
  draw(): void;
}
