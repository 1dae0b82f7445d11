// Dropout as variational inference, by brute force and in double precision.

/** Returns `log mean exp` of log-densities. */
export function logMeanExp(values: readonly number[]): number {
  const most = Math.max(...values);
  return most + Math.log(values.reduce((sum, value) => sum + Math.exp(value - most), 0) / values.length);
}

/** Returns `log N(y; mean, variance)`. */
export function logNormal(y: number, mean: number, variance: number): number {
  return -0.5 * (Math.log(2 * Math.PI * variance) + (y - mean) ** 2 / variance);
}

/**
 * Returns `KL(q ‖ N(0, l⁻²I))` in nats of `q = keep·N(m, σ²I) + (1 − keep)·N(0, σ²I)` in the plane, by a sum over a grid: the trapezoid rule, which
 * is exact to rounding for what is smooth and decays.
 */
export function mixtureDivergence(
  m: readonly [number, number],
  keep: number,
  sigma: number,
  lengthScale: number,
): number {
  const step = sigma / 4;
  const ends = (axis: 0 | 1) => [Math.min(0, m[axis]) - 9 * sigma, Math.max(0, m[axis]) + 9 * sigma] as const;
  const [[left, right], [low, high]] = [ends(0), ends(1)];
  let sum = 0;
  for (let x = left; x <= right; x += step) {
    for (let y = low; y <= high; y += step) {
      const component = (a: number, b: number) => logNormal(x, a, sigma ** 2) + logNormal(y, b, sigma ** 2);
      const [open, closed] = [Math.log(keep) + component(m[0], m[1]), Math.log(1 - keep) + component(0, 0)];
      const logDensity = Math.max(open, closed) + Math.log1p(Math.exp(-Math.abs(open - closed)));
      const logPrior = logNormal(x, 0, lengthScale ** -2) + logNormal(y, 0, lengthScale ** -2);
      sum += Math.exp(logDensity) * (logDensity - logPrior);
    }
  }
  return sum * step * step;
}
