import type { Tensor, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { RandomWords } from "../../data/random.ts";
import { trainedLoss, trainingLoss } from "../../work/answer.ts";
import { type Program, timed } from "../../work/program.ts";
import type { Training } from "../../work/work.ts";
import { fillGates } from "../gates.ts";
import { batchOf, crossEntropy } from "./batch.ts";
import { convolutionGradients, passImages } from "./convolutionGradients.ts";
import { dense, disposeLayers, flattened, type Tf, type TfLayer, type TfLayers } from "./layers.ts";
import { type Gradient, learnersOf, named } from "./learners.ts";

/** Rows that are evaluated at once. */
const AT_ONCE = 500;

/**
 * One epoch with the library's own Adam. The gradients are written out: its automatic ones come with another package, have no
 * more to do, and do not have those of convolutions on this backend.
 */
export async function training(tf: Tf, work: Training): Promise<Program[]> {
  const run = async () => {
    const learners = learnersOf(tf, work);
    const { answer, timeMs } = await timed(() => ({
      [trainingLoss]: Float64Array.of(epoch(tf, work, learners)),
    }));
    const trained = evaluate(tf, work, learners);
    disposeLayers(learners);
    return { answer: { ...answer, [trainedLoss]: Float64Array.of(trained) }, timeMs };
  };
  return [{ name: "tfjs", run, close: () => undefined }];
}

/** Trains and returns the mean loss. */
function epoch(tf: Tf, work: Training, learners: TfLayers): number {
  const { learningRate, beta1, beta2, epsilon } = work.adam;
  const { rows, batchSize } = work;
  const optimizer = tf.train.adam(learningRate, beta1, beta2, epsilon);
  const random = new RandomWords(1);
  let total = 0;
  for (let first = 0; first < rows; first += batchSize) {
    const count = Math.min(batchSize, rows - first);
    tf.tidy(() => {
      const { gradients, loss } = gradientsOf(tf, work, learners, first, count, random);
      optimizer.applyGradients(gradients);
      total += count * (loss.dataSync()[0] as number);
    });
  }
  optimizer.dispose();
  return total / rows;
}

/** The mean loss of all rows without gates. */
function evaluate(tf: Tf, work: Training, learners: TfLayers): number {
  let total = 0;
  for (let first = 0; first < work.rows; first += AT_ONCE) {
    const count = Math.min(AT_ONCE, work.rows - first);
    tf.tidy(() => {
      const read = flattened(tf, batchOf(tf, work, first, count), learners.convolutions);
      const logits = learners.network.reduce((values, layer) => dense(tf, values, layer), read);
      total += count * (crossEntropy(tf, logits, work, first).loss.dataSync()[0] as number);
    });
  }
  return total / work.rows;
}

/** The gradients of the mean loss of a batch under gates, and that loss. */
function gradientsOf(
  tf: Tf,
  work: Training,
  { convolutions, network }: TfLayers,
  first: number,
  count: number,
  random: RandomWords,
): { readonly gradients: Gradient[]; readonly loss: Tensor } {
  const x = batchOf(tf, work, first, count);
  const images = passImages(tf, x as Tensor4D, convolutions);
  let values = tf.reshape(images.at(-1)?.pooled ?? x, [count, -1]) as Tensor2D;
  const read: Tensor2D[] = [];
  for (const [index, { inputs, rate }] of work.network.entries()) {
    if (rate > 0) {
      const factors = new Float32Array((work.masks === "shared" ? 1 : count) * inputs);
      fillGates(factors, rate, random);
      values = tf.mul(values, tf.tensor2d(factors, [factors.length / inputs, inputs]));
    }
    read.push(values);
    values = dense(tf, values, network[index] as TfLayer);
  }
  const { loss, slope } = crossEntropy(tf, values, work, first);
  const gradients: Gradient[] = [];
  let above = slope;
  for (const [index, { kernel }] of [...network.entries()].reverse()) {
    const input = read[index] as Tensor2D;
    gradients.push(
      ...named(convolutions.length + index, tf.matMul(input, above, true, false), tf.sum(above, 0)),
    );
    if (index === 0) break;
    const keep = 1 - (work.network[index]?.rate ?? 0);
    // What is read is positive where the gate is open and the ReLU active.
    const open = tf.mul(tf.cast(tf.greater(input, 0), "float32"), 1 / keep);
    above = tf.mul(tf.matMul(above, kernel, false, true), open);
  }
  if (convolutions.length > 0) {
    const below = tf.matMul<Tensor2D>(above, (network[0] as TfLayer).kernel, false, true);
    gradients.push(...convolutionGradients(tf, convolutions, images, below));
  }
  return { gradients, loss };
}
