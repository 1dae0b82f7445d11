import type { Tensor, Tensor1D, Tensor2D, Variable } from "@tensorflow/tfjs-core";
import type { Network } from "../../data/network.ts";
import { RandomWords } from "../../data/random.ts";
import { trainedLoss, trainingLoss } from "../../work/answer.ts";
import { type Program, timed } from "../../work/program.ts";
import type { Training } from "../../work/work.ts";
import { fillGates } from "../gates.ts";
import { dense, type Tf } from "./layers.ts";

/** A dense layer whose numbers learn. */
interface Learner {
  readonly kernel: Variable;
  readonly bias: Variable;
}

/**
 * One epoch with the library's own Adam. The gradients are written out: its automatic ones come with another package, and
 * have no more to do.
 */
export async function training(tf: Tf, work: Training): Promise<Program[]> {
  const run = async () => {
    const learners = work.network.map(({ inputs, units, kernel, bias }, index) => ({
      kernel: tf.variable(tf.tensor2d(kernel, [inputs, units]), true, `kernel${index}`),
      bias: tf.variable(tf.tensor1d(bias ?? new Float32Array(units)), true, `bias${index}`),
    }));
    const { answer, timeMs } = await timed(() => ({
      [trainingLoss]: Float64Array.of(epoch(tf, work, learners)),
    }));
    const trained = tf.tidy(
      () => passForward(tf, work, learners, 0, work.rows, undefined).loss.dataSync()[0],
    );
    for (const { kernel, bias } of learners) tf.dispose([kernel, bias]);
    return { answer: { ...answer, [trainedLoss]: Float64Array.of(trained ?? Number.NaN) }, timeMs };
  };
  return [{ name: "tfjs", run, close: () => undefined }];
}

/** Trains and returns the mean loss. */
function epoch(tf: Tf, work: Training, learners: readonly Learner[]): number {
  const { learningRate, beta1, beta2, epsilon } = work.adam;
  const { network, rows, batchSize } = work;
  const optimizer = tf.train.adam(learningRate, beta1, beta2, epsilon);
  const random = new RandomWords(1);
  let total = 0;
  for (let first = 0; first < rows; first += batchSize) {
    const count = Math.min(batchSize, rows - first);
    tf.tidy(() => {
      const pass = passForward(tf, work, learners, first, count, random);
      optimizer.applyGradients(gradients(tf, network, learners, pass));
      total += count * (pass.loss.dataSync()[0] as number);
    });
  }
  optimizer.dispose();
  return total / rows;
}

interface Pass {
  /** What each layer reads, behind its gates. */
  readonly read: readonly Tensor2D[];
  /** Of the mean loss with respect to the outputs. */
  readonly slope: Tensor2D;
  readonly loss: Tensor;
}

/** Under gates when there are random words to draw them from. */
function passForward(
  tf: Tf,
  { network, x, labels, rows }: Training,
  learners: readonly Learner[],
  first: number,
  count: number,
  random: RandomWords | undefined,
): Pass {
  const width = x.length / rows;
  let values = tf.tensor2d(x.subarray(first * width, (first + count) * width), [count, width]);
  const read: Tensor2D[] = [];
  for (const [index, { inputs, activation, rate }] of network.entries()) {
    if (rate > 0 && random !== undefined) {
      const factors = new Float32Array(count * inputs);
      fillGates(factors, rate, random);
      values = tf.mul(values, tf.tensor2d(factors, [count, inputs]));
    }
    read.push(values);
    const { kernel, bias } = learners[index] as Learner;
    values = dense(tf, values, { kernel: kernel as Tensor2D, bias: bias as unknown as Tensor1D, activation });
  }
  const classes = network.at(-1)?.units ?? 0;
  const targets = tf.oneHot(tf.tensor1d(labels.subarray(first, first + count), "int32"), classes);
  const shifted = tf.sub(values, tf.max(values, 1, true));
  const exponentials = tf.exp(shifted);
  const totals = tf.sum(exponentials, 1, true);
  const logarithms = tf.sub(shifted, tf.log(totals));
  const slope = tf.div(tf.sub(tf.div(exponentials, totals), targets), count) as Tensor2D;
  return { read, slope, loss: tf.neg(tf.div(tf.sum(tf.mul(logarithms, targets)), count)) };
}

interface Gradient {
  readonly name: string;
  readonly tensor: Tensor;
}

function gradients(
  tf: Tf,
  network: Network,
  learners: readonly Learner[],
  { read, slope }: Pass,
): Gradient[] {
  const named: Gradient[] = [];
  let above = slope;
  for (const [index, { kernel, bias }] of [...learners.entries()].reverse()) {
    const input = read[index] as Tensor2D;
    named.push({ name: kernel.name, tensor: tf.matMul(input, above, true, false) });
    named.push({ name: bias.name, tensor: tf.sum(above, 0) });
    if (index === 0) continue;
    const keep = 1 - (network[index]?.rate ?? 0);
    // What is read is positive where the gate is open and the ReLU active.
    const open = tf.mul(tf.cast(tf.greater(input, 0), "float32"), 1 / keep);
    above = tf.mul(tf.matMul(above, kernel as Tensor2D, false, true), open);
  }
  return named;
}
