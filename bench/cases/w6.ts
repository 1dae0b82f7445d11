import { readFileSync } from "node:fs";
import { type DenseLayer, productsPerRow } from "../data/network.ts";
import { noise, RandomWords } from "../data/random.ts";
import { forwardRow } from "../reference/forward.ts";
import { type Answer, numbersOf, trainedLoss, trainingLoss, WrongAnswer } from "../work/answer.ts";
import type { Training } from "../work/work.ts";
import type { Case } from "./case.ts";
import { reluInputs, reluNetwork } from "./relu.ts";
import { expectationFile } from "./sampledExpectation.ts";

const ROWS = 10_000;

/** Standard deviations, over seeds of the masks, by which a loss may be off; they come from a handful of seeds. */
const LIMIT = 5;

/** Losses that training in double precision gave, with several seeds of the masks. */
export interface TrainingExpectation {
  readonly training: Spread;
  readonly trained: Spread;
}

export interface Spread {
  readonly mean: number;
  readonly deviation: number;
}

export const w6: Case = {
  name: "W6",
  title: "training: one epoch of 784-512-512-10 ReLU, hidden rate 0.5, 10,000 rows in batches of 128, Adam",
  goals: [
    { variant: "relaxed", atMostMs: 1000 },
    { variant: "wide", atMostMs: 650 },
    { variant: "relaxed", threads: 2, speedup: 1.5 },
  ],
  load() {
    const work = epoch();
    const [first] = work.network;
    // Forward, gradient of the kernels, and gradient of the activities of all layers but the input.
    const products = 3 * productsPerRow(work.network) - (first?.kernel.length ?? 0);
    let expected: TrainingExpectation | undefined;
    return {
      work,
      amount: { passes: ROWS, products: ROWS * products },
      check(answer) {
        expected ??= JSON.parse(readFileSync(expectationFile("W6"), "utf8")) as TrainingExpectation;
        compare(answer, trainingLoss, expected.training);
        compare(answer, trainedLoss, expected.trained);
      },
    };
  },
};

/** Returns an epoch over rows whose class is the largest of ten linear functions. */
export function epoch(): Training {
  const x = reluInputs(ROWS);
  const inputs = x.length / ROWS;
  const random = new RandomWords(66);
  const teacher: DenseLayer = {
    inputs,
    units: 10,
    activation: "linear",
    rate: 0,
    kernel: noise(inputs * 10, 1, random),
    bias: undefined,
  };
  const labels = Float32Array.from({ length: ROWS }, (_, row) => {
    const scores = forwardRow([teacher], x.subarray(row * inputs, (row + 1) * inputs));
    return scores.indexOf(Math.max(...scores));
  });
  const adam = { learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 };
  return { kind: "training", network: reluNetwork(), x, labels, rows: ROWS, batchSize: 128, adam };
}

function compare(answer: Answer, name: string, { mean, deviation }: Spread): void {
  const [loss = Number.NaN] = numbersOf(answer, name, 1);
  if (Math.abs(loss - mean) <= LIMIT * deviation) return;
  throw new WrongAnswer(`${name} is ${loss}, ${mean} ± ${LIMIT * deviation} is wanted`);
}
