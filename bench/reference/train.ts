import type { DenseLayer } from "../data/network.ts";
import { RandomWords } from "../data/random.ts";
import type { AdamSettings, Training } from "../work/work.ts";
import { denseRow, forwardRow } from "./forward.ts";

/** The losses of an epoch: while training, under gates; and of the trained network without gates. */
export interface Losses {
  readonly training: number;
  readonly trained: number;
}

/** A layer that learns, in double precision. */
interface Learner {
  readonly layer: DenseLayer;
  readonly kernel: Learned;
  readonly bias: Learned;
}

/** Trains for one epoch in double precision, row by row, and returns the losses. */
export function train({ network, x, labels, rows, batchSize, adam }: Training, seed: number): Losses {
  const random = new RandomWords(seed);
  const learners = network.map(learner);
  const inputs = x.length / rows;
  let training = 0;
  for (let first = 0, step = 1; first < rows; first += batchSize, step++) {
    const count = Math.min(batchSize, rows - first);
    for (let row = first; row < first + count; row++) {
      const label = labels[row] as number;
      training += learnRow(learners, x.subarray(row * inputs, (row + 1) * inputs), label, random);
    }
    for (const { kernel, bias } of learners) {
      kernel.update(count, step, adam);
      bias.update(count, step, adam);
    }
  }
  const trained = learners.map(({ layer }) => layer);
  const losses = Array.from(labels, (label, row) =>
    crossEntropy(forwardRow(trained, x.subarray(row * inputs, (row + 1) * inputs)), label),
  );
  return { training: training / rows, trained: losses.reduce((sum, loss) => sum + loss, 0) / rows };
}

function learner(layer: DenseLayer): Learner {
  // Float32 weights as everywhere: a program under test has no others to add its steps to.
  const kernel = Float32Array.from(layer.kernel);
  const bias = Float32Array.from(layer.bias ?? new Float32Array(layer.units));
  return { layer: { ...layer, kernel, bias }, kernel: new Learned(kernel), bias: new Learned(bias) };
}

function learnRow(learners: readonly Learner[], x: Float32Array, label: number, random: RandomWords): number {
  const read: Float64Array[] = [];
  let values: Float64Array = Float64Array.from(x);
  for (const { layer } of learners) {
    const { rate } = layer;
    if (rate > 0) values = values.map((value) => (random.uniform() < 1 - rate ? value / (1 - rate) : 0));
    read.push(values);
    values = denseRow(layer, values);
  }
  const loss = crossEntropy(values, label);
  const total = values.reduce((sum, value) => sum + Math.exp(value), 0);
  let slope: Float64Array = values.map((value, unit) => Math.exp(value) / total - (unit === label ? 1 : 0));
  for (const [index, { layer, kernel, bias }] of [...learners.entries()].reverse()) {
    const input = read[index] as Float64Array;
    for (const [unit, value] of slope.entries()) bias.add(unit, value);
    slope = backward(layer, kernel, input, slope);
  }
  return loss;
}

/** Adds the gradient of the kernel and returns that of the pre-activations below, through a ReLU and its gates. */
function backward(
  { inputs, units, rate }: DenseLayer,
  kernel: Learned,
  input: Float64Array,
  slope: Float64Array,
) {
  const below = new Float64Array(inputs);
  for (let i = 0; i < inputs; i++) {
    const value = input[i] as number;
    // A dropped or inactive unit has no gradient; at the input of the network what is returned is not used.
    if (value === 0) continue;
    let sum = 0;
    for (let j = 0; j < units; j++) {
      const gradient = slope[j] as number;
      kernel.add(i * units + j, value * gradient);
      sum += (kernel.values[i * units + j] as number) * gradient;
    }
    below[i] = sum / (1 - rate);
  }
  return below;
}

function crossEntropy(logits: Float64Array, label: number): number {
  const largest = Math.max(...logits);
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit - largest), 0);
  return largest + Math.log(total) - (logits[label] as number);
}

/** Numbers that Adam moves (Kingma & Ba 2015, algorithm 1). */
class Learned {
  readonly values: Float32Array;
  readonly #gradient: Float64Array;
  readonly #first: Float64Array;
  readonly #second: Float64Array;

  constructor(values: Float32Array) {
    this.values = values;
    this.#gradient = new Float64Array(values.length);
    this.#first = new Float64Array(values.length);
    this.#second = new Float64Array(values.length);
  }

  add(index: number, gradient: number): void {
    this.#gradient[index] = (this.#gradient[index] as number) + gradient;
  }

  /** Moves by the mean gradient of `count` rows. */
  update(count: number, step: number, { learningRate, beta1, beta2, epsilon }: AdamSettings): void {
    const [correction1, correction2] = [1 - beta1 ** step, 1 - beta2 ** step];
    for (let i = 0; i < this.values.length; i++) {
      const gradient = (this.#gradient[i] as number) / count;
      const first = beta1 * (this.#first[i] as number) + (1 - beta1) * gradient;
      const second = beta2 * (this.#second[i] as number) + (1 - beta2) * gradient ** 2;
      this.#first[i] = first;
      this.#second[i] = second;
      this.#gradient[i] = 0;
      const change = (learningRate * (first / correction1)) / (Math.sqrt(second / correction2) + epsilon);
      this.values[i] = (this.values[i] as number) - change;
    }
  }
}
