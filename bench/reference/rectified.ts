import type { DenseLayer } from "../data/network.ts";

/**
 * Returns the exact moments of a layer of one ReLU unit over all masks of its inputs, each gate kept with probability ½: with
 * `S = a + b` over the masks of two halves and the `a` sorted, the masks of a `b` in which the unit is above 0 are all those of
 * the largest `a`, of which sums are kept.
 */
export function rectifiedMoments(
  { kernel, bias, rate }: DenseLayer,
  x: Float32Array,
): { mean: [number]; variance: [number] } {
  const terms = Array.from(x, (value, i) => (value * (kernel[i] as number)) / (1 - rate));
  const half = terms.length >>> 1;
  const a = sums(terms.slice(0, half), 0).sort();
  const b = sums(terms.slice(half), bias?.[0] ?? 0);
  // Of the entries of `a` from each place on, and their squares.
  const first = new Float64Array(a.length + 1);
  const second = new Float64Array(a.length + 1);
  for (let i = a.length - 1; i >= 0; i--) {
    const value = a[i] as number;
    first[i] = (first[i + 1] as number) + value;
    second[i] = (second[i + 1] as number) + value * value;
  }
  let [mean, square] = [0, 0];
  for (const value of b) {
    const place = firstAbove(a, -value);
    const count = a.length - place;
    const sum = first[place] as number;
    mean += (sum + count * value) / a.length;
    square += ((second[place] as number) + 2 * value * sum + count * value * value) / a.length;
  }
  mean /= b.length;
  return { mean: [mean], variance: [square / b.length - mean ** 2] };
}

/** Returns the sum of every subset of the terms, and the offset. */
function sums(terms: readonly number[], offset: number): Float64Array {
  const all = new Float64Array(2 ** terms.length).fill(offset);
  let filled = 1;
  for (const term of terms) {
    for (let i = 0; i < filled; i++) all[filled + i] = (all[i] as number) + term;
    filled *= 2;
  }
  return all;
}

function firstAbove(sorted: Float64Array, bound: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as number) > bound) high = middle;
    else low = middle + 1;
  }
  return low;
}
