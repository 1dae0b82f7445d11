import { WrongAnswer } from "../work/answer.ts";
import type { ExpectedMoments } from "./moments.ts";

/**
 * Standard errors by which a sampled value may be off. There are up to ten thousand comparisons in a case, and with a hundred
 * samples a variance has heavy tails; every program draws from a fixed seed, so a case that passes once passes always.
 */
const LIMIT = 6.5;

/** Rounding of single precision, as a share of the scale of the values. */
const ROUNDING = 1e-5;

/** What sampled moments are compared with: `expectedSamples` is how many they come from, Infinity when they are exact. */
export interface Comparison {
  readonly name: string;
  readonly expected: ExpectedMoments;
  readonly expectedSamples: number;
  readonly samples: number;
}

/** Throws when a sampled mean or variance is further from the expected one than sampling explains. */
export function checkSampled(
  mean: ArrayLike<number>,
  variance: ArrayLike<number>,
  { name, expected, expectedSamples, samples }: Comparison,
): void {
  const share = 1 / samples + 1 / expectedSamples;
  for (let i = 0; i < expected.mean.length; i++) {
    const [centre, spread] = [expected.mean[i] as number, expected.variance[i] as number];
    const meanError = LIMIT * Math.sqrt(spread * share) + ROUNDING * (1 + Math.abs(centre));
    complain(`mean ${i} of ${name}`, mean[i] as number, centre, meanError);
    const squares = Math.max(0, (expected.fourth[i] as number) - spread ** 2);
    const varianceError = LIMIT * Math.sqrt(squares * share) + ROUNDING * spread + ROUNDING ** 2;
    // A sampled variance with divisor T is on average V (1 − 1/T).
    complain(`variance ${i} of ${name}`, variance[i] as number, spread * (1 - 1 / samples), varianceError);
  }
}

function complain(name: string, value: number, expected: number, tolerance: number): void {
  // Written so that NaN is wrong.
  if (Math.abs(value - expected) <= tolerance) return;
  throw new WrongAnswer(
    `${name} is ${value.toPrecision(7)}, ${expected.toPrecision(7)} ± ${tolerance.toPrecision(2)} is wanted`,
  );
}
