// The measures of a sampled classification of one input (THEORY §6), in nats.
import { at } from "./at.ts";
import { compensatedSum } from "./compensatedSum.ts";

export interface Uncertainty {
  readonly predictiveEntropy: number;
  readonly expectedEntropy: number;
  readonly mutualInformation: number;
  readonly variationRatio: number;
}

/** Returns -Σ p log p, with 0 log 0 = 0. */
export function entropy(probabilities: readonly number[]): number {
  return -compensatedSum(probabilities.map((p) => (p > 0 ? p * Math.log(p) : 0)));
}

/**
 * Returns the measures from the class probabilities of each sample; one logistic output p stands for the classes (1 - p, p).
 * A tie goes to the lower class: of two classes, to the second only where p > 1/2, as Keras counts accuracy.
 */
export function uncertainty(samples: readonly ArrayLike<number>[]): Uncertainty {
  const distributions = samples.map((sample) =>
    sample.length === 1 ? [1 - at(sample, 0), at(sample, 0)] : Array.from(sample),
  );
  const count = distributions.length;
  const classes = Array.from(at(distributions, 0), (_, k) => k);
  const mean = classes.map((k) => compensatedSum(distributions.map((one) => at(one, k))) / count);
  const votes = classes.map((k) => distributions.filter((one) => one.indexOf(Math.max(...one)) === k).length);
  const predictiveEntropy = entropy(mean);
  const expectedEntropy = compensatedSum(distributions.map(entropy)) / count;
  return {
    predictiveEntropy,
    expectedEntropy,
    mutualInformation: predictiveEntropy - expectedEntropy,
    variationRatio: 1 - Math.max(...votes) / count,
  };
}
