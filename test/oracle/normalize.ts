// Normalisation of a row by means and variances.
import { at } from "./at.ts";
import type { Normalization } from "./layers.ts";

/** Returns mean and population variance. */
export function momentsOf(values: readonly number[]): { mean: number; variance: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length };
}

/** Returns γ(x - m)/√(v + ε) + β of every unit, by the moments of its channel. */
export function normalize(
  { epsilon, center, scale }: Normalization,
  x: Float64Array,
  own: readonly Float64Array[],
  moments: () => { mean: ArrayLike<number>; variance: ArrayLike<number> },
): Float64Array {
  const { mean, variance } = moments();
  return x.map((value, unit) => {
    const channel = unit % mean.length;
    const normal = (value - at(mean, channel)) / Math.sqrt(at(variance, channel) + epsilon);
    const gamma = scale ? at(at(own, 0), channel) : 1;
    const beta = center ? at(at(own, scale ? 1 : 0), channel) : 0;
    return gamma * normal + beta;
  });
}
