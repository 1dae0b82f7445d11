import type { DenseLayer } from "../data/network.ts";

/** The mean and the central moments of a sum. */
export interface SumMoments {
  readonly mean: number;
  readonly second: number;
  readonly third: number;
  readonly fourth: number;
}

/**
 * Returns the exact moments of the pre-activation `bias + Σ w h δ / keep` of a unit over the gates δ of its layer: the terms are
 * independent, so their cumulants add up.
 */
export function sumOfGates(
  { units, kernel, bias, rate }: DenseLayer,
  activities: ArrayLike<number>,
  unit: number,
): SumMoments {
  const keep = 1 - rate;
  let [mean, second, third, fourthCumulant] = [bias?.[unit] ?? 0, 0, 0, 0];
  for (let i = 0; i < activities.length; i++) {
    const term = ((activities[i] as number) * (kernel[i * units + unit] as number)) / keep;
    mean += keep * term;
    second += keep * rate * term ** 2;
    third += keep * rate * (rate - keep) * term ** 3;
    fourthCumulant += keep * rate * (1 - 6 * keep * rate) * term ** 4;
  }
  return { mean, second, third, fourth: fourthCumulant + 3 * second ** 2 };
}

/** Returns the exact moments of the outputs of a linear layer over its gates. */
export function linearMoments(layer: DenseLayer, activities: ArrayLike<number>) {
  const sums = Array.from({ length: layer.units }, (_, unit) => sumOfGates(layer, activities, unit));
  return {
    mean: sums.map(({ mean }) => mean),
    variance: sums.map(({ second }) => second),
    fourth: sums.map(({ fourth }) => fourth),
  };
}
