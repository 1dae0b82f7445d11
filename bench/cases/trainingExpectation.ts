import { readFileSync } from "node:fs";
import { type Answer, numbersOf, trainedLoss, trainingLoss, WrongAnswer } from "../work/answer.ts";
import { expectationFile } from "./sampledExpectation.ts";

/** Standard deviations, over seeds of the masks, by which a loss may be off; they come from a handful of seeds. */
const LIMIT = 5;

/** Rounding of single precision over a few steps, as a share of a loss: some ten times what was seen. */
const ROUNDING = 1e-6;

/** Losses that training in double precision gave, with several seeds of the masks, as `expect.ts` writes them. */
export interface TrainingExpectation {
  readonly training: Spread;
  readonly trained: Spread;
}

export interface Spread {
  readonly mean: number;
  /** 0 without gates. */
  readonly deviation: number;
}

/** Returns a check of the losses against the expectation `name`. */
export function checkTraining(name: string): (answer: Answer) => void {
  let expected: TrainingExpectation | undefined;
  return (answer) => {
    expected ??= JSON.parse(readFileSync(expectationFile(name), "utf8")) as TrainingExpectation;
    compare(answer, trainingLoss, expected.training);
    compare(answer, trainedLoss, expected.trained);
  };
}

function compare(answer: Answer, name: string, { mean, deviation }: Spread): void {
  const [loss = Number.NaN] = numbersOf(answer, name, 1);
  const tolerance = LIMIT * deviation + ROUNDING * mean;
  if (Math.abs(loss - mean) <= tolerance) return;
  throw new WrongAnswer(`${name} is ${loss}, ${mean} ± ${tolerance.toPrecision(2)} is wanted`);
}
