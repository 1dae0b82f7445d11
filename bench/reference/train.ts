import { RandomWords } from "../data/random.ts";
import type { Training } from "../work/work.ts";
import { ConvolutionLearner } from "./convolutionLearner.ts";
import { DenseLearner } from "./denseLearner.ts";
import type { Learner } from "./learner.ts";

/** The losses of an epoch: while training, under gates; and of the trained network without gates. */
export interface Losses {
  readonly training: number;
  readonly trained: number;
}

/** Trains for one epoch in double precision, row by row, and returns the losses. */
export function train(work: Training, seed: number): Losses {
  const { convolutions, network, x, labels, rows, batchSize, masks, adam } = work;
  const random = new RandomWords(seed);
  const learners: Learner[] = [
    ...convolutions.map((layer) => new ConvolutionLearner(layer)),
    ...network.map((layer) => new DenseLearner(layer, random)),
  ];
  const inputs = x.length / rows;
  const input = (row: number) => Float64Array.from(x.subarray(row * inputs, (row + 1) * inputs));
  let training = 0;
  for (let first = 0, step = 1; first < rows; first += batchSize, step++) {
    const count = Math.min(batchSize, rows - first);
    for (let row = first; row < first + count; row++) {
      if (row === first || masks === "independent") for (const learner of learners) learner.draw();
      training += learnRow(learners, input(row), labels[row] as number);
    }
    for (const { learned } of learners) for (const numbers of learned) numbers.update(count, step, adam);
  }
  const losses = Array.from(labels, (label, row) =>
    crossEntropy(
      learners.reduce<Float64Array>((values, learner) => learner.predict(values), input(row)),
      label,
    ),
  );
  return { training: training / rows, trained: losses.reduce((sum, loss) => sum + loss, 0) / rows };
}

function learnRow(learners: readonly Learner[], x: Float64Array, label: number): number {
  const logits = learners.reduce<Float64Array>((values, learner) => learner.forward(values), x);
  const total = logits.reduce((sum, value) => sum + Math.exp(value), 0);
  const slope = logits.map((value, unit) => Math.exp(value) / total - (unit === label ? 1 : 0));
  learners.reduceRight<Float64Array>((above, learner) => learner.backward(above), slope);
  return crossEntropy(logits, label);
}

function crossEntropy(logits: Float64Array, label: number): number {
  const largest = Math.max(...logits);
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit - largest), 0);
  return largest + Math.log(total) - (logits[label] as number);
}
