/** Named arrays of numbers, row-major. */
export type Answer = Readonly<Record<string, Float32Array | Float64Array>>;

/** The outputs of forward work, `[rows, units]`. */
export const output = "output";

/** The mean training loss of the epoch, one number. */
export const trainingLoss = "training loss";

/** The mean loss of the trained network without gates on the training rows, one number. */
export const trainedLoss = "trained loss";

/** The means of the units of layer `index`, `[rows, units]`. */
export function meanOf(index: number): string {
  return `mean of layer ${index + 1}`;
}

/** The variances of the units of layer `index`, `[rows, units]`. */
export function varianceOf(index: number): string {
  return `variance of layer ${index + 1}`;
}

/** Returns the numbers under `name`; an answer without them is wrong. */
export function numbersOf(answer: Answer, name: string, length: number): Float32Array | Float64Array {
  const numbers = answer[name];
  if (numbers?.length === length) return numbers;
  throw new WrongAnswer(`${name} has ${numbers?.length ?? "no"} numbers, ${length} are wanted`);
}

/** What is wrong with an answer. */
export class WrongAnswer extends Error {
  override readonly name = "WrongAnswer";
}
