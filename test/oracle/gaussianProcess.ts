// Gaussian processes by plain elimination, in double precision: Rasmussen and Williams 2006, §2.2.

/** Returns the solution of `a·x = b` by Gaussian elimination with pivots, and `log |det a|`. */
function solve(
  a: readonly (readonly number[])[],
  b: readonly number[],
): { x: number[]; logDeterminant: number } {
  const rows = a.map((row, i) => [...row, b[i] as number]);
  const size = rows.length;
  let logDeterminant = 0;
  for (let k = 0; k < size; k++) {
    let pivot = k;
    for (let i = k; i < size; i++) if (Math.abs(at(rows, i, k)) > Math.abs(at(rows, pivot, k))) pivot = i;
    [rows[k], rows[pivot]] = [rows[pivot] as number[], rows[k] as number[]];
    logDeterminant += Math.log(Math.abs(at(rows, k, k)));
    for (let i = k + 1; i < size; i++) {
      const factor = at(rows, i, k) / at(rows, k, k);
      for (let j = k; j <= size; j++) (rows[i] as number[])[j] = at(rows, i, j) - factor * at(rows, k, j);
    }
  }
  const x = new Array<number>(size).fill(0);
  for (let i = size - 1; i >= 0; i--) {
    let rest = at(rows, i, size);
    for (let j = i + 1; j < size; j++) rest -= at(rows, i, j) * (x[j] as number);
    x[i] = rest / at(rows, i, i);
  }
  return { x, logDeterminant };
}

/** A kernel by its definition. */
export type Covariance = (x: readonly number[], z: readonly number[]) => number;

/** Returns mean and covariance of the posterior at `points`, and the log marginal likelihood, of targets with noise. */
export function posterior(
  kernel: Covariance,
  noise: number,
  x: readonly (readonly number[])[],
  y: readonly number[],
  points: readonly (readonly number[])[],
): { mean: number[]; covariance: number[][]; logMarginalLikelihood: number } {
  const a = x.map((row, i) => x.map((other, j) => kernel(row, other) + (i === j ? noise : 0)));
  const cross = points.map((point) => x.map((row) => kernel(point, row)));
  const { x: weights, logDeterminant } = solve(a, y);
  const mean = cross.map((row) => inner(row, weights));
  const solved = cross.map((row) => solve(a, row).x);
  const covariance = points.map((p, i) =>
    points.map((q, j) => kernel(p, q) - inner(cross[i] as number[], solved[j] as number[])),
  );
  const logMarginalLikelihood =
    -0.5 * inner(y, weights) - 0.5 * logDeterminant - (x.length / 2) * Math.log(2 * Math.PI);
  return { mean, covariance, logMarginalLikelihood };
}

/** Returns `E[relu(u) relu(v)]` for `u = xᵀw`, `v = zᵀw`, `w ~ N(0, I)` (Cho and Saul 2009, eq. 6 for n = 1, halved). */
export function rectifierKernel(x: readonly number[], z: readonly number[]): number {
  const norms = Math.hypot(...x) * Math.hypot(...z);
  const theta = Math.acos(Math.max(-1, Math.min(1, inner(x, z) / norms)));
  return (norms / (2 * Math.PI)) * (Math.sin(theta) + (Math.PI - theta) * Math.cos(theta));
}

/** Returns `E[erf(u) erf(v)]` (Williams 1998, eq. 11 with unit variances). */
export function errorFunctionKernel(x: readonly number[], z: readonly number[]): number {
  const norms = (1 + 2 * inner(x, x)) * (1 + 2 * inner(z, z));
  return (2 / Math.PI) * Math.asin((2 * inner(x, z)) / Math.sqrt(norms));
}

/** Returns `erf(x)` by its series, or 1 less the continued fraction of its complement where the series would cancel. */
export function erf(x: number): number {
  if (x < 0) return -erf(-x);
  if (x < 3) {
    let term = x;
    let sum = x;
    for (let n = 1; Math.abs(term) > 1e-18 * sum; n++) {
      term *= -(x * x) / n;
      sum += term / (2 * n + 1);
    }
    return (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = 0;
  for (let n = 60; n > 0; n--) fraction = n / 2 / (x + fraction);
  return 1 - Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + fraction);
}

function inner(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);
}

function at(rows: readonly (readonly number[])[], i: number, j: number): number {
  return (rows[i] as number[])[j] as number;
}
