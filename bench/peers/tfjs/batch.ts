import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import { batchShape } from "../../data/convolution.ts";
import type { Training } from "../../work/work.ts";
import type { Tf } from "./layers.ts";

/** Returns `count` rows from `first` on: `[count, inputs]`, or images. */
export function batchOf(tf: Tf, { convolutions, x, rows }: Training, first: number, count: number): Tensor {
  const inputs = x.length / rows;
  const batch = x.subarray(first * inputs, (first + count) * inputs);
  return tf.tensor(batch, batchShape(convolutions, count, inputs));
}

/** Returns the mean loss of rows from `first` on, and its gradient with respect to the logits. */
export function crossEntropy(
  tf: Tf,
  logits: Tensor2D,
  { labels }: Training,
  first: number,
): { readonly loss: Tensor; readonly slope: Tensor2D } {
  const [count, classes] = logits.shape;
  const targets = tf.oneHot(tf.tensor1d(labels.subarray(first, first + count), "int32"), classes);
  const shifted = tf.sub(logits, tf.max(logits, 1, true));
  const exponentials = tf.exp(shifted);
  const totals = tf.sum(exponentials, 1, true);
  const logarithms = tf.sub(shifted, tf.log(totals));
  const slope = tf.div(tf.sub(tf.div(exponentials, totals), targets), count) as Tensor2D;
  return { slope, loss: tf.neg(tf.div(tf.sum(tf.mul(logarithms, targets)), count)) };
}
