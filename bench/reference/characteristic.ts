import type { DenseLayer } from "../data/network.ts";

/** What the ensemble of one logistic unit is. */
export interface LogisticMoments {
  readonly mean: number;
  readonly variance: number;
}

/** The integrands fall like `e^(−πt)`: nothing is left beyond this. */
const END = 12.7;

/**
 * Returns the exact moments of a layer of one logistic unit over all masks of its inputs, from the characteristic function φ of
 * its pre-activation X: `E σ(X) = ½ + ∫ Im φ(t) / sinh(πt) dt` and `E σ'(X) = ∫ t Re φ(t) / sinh(πt) dt` over
 * `[0, ∞)`, and `σ² = σ − σ'`. It shares nothing with an enumeration. The trapezoid rule converges exponentially once
 * its step resolves the range of X.
 */
export function logisticMoments({ kernel, bias, rate }: DenseLayer, x: Float32Array): LogisticMoments {
  const keep = 1 - rate;
  const terms = Array.from(x, (value, i) => (value * (kernel[i] as number)) / keep);
  const offset = bias?.[0] ?? 0;
  const largest = Math.abs(offset) + terms.reduce((sum, term) => sum + Math.abs(term), 0);
  const average = offset + keep * terms.reduce((sum, term) => sum + term, 0);
  const step = (2 * Math.PI) / (largest + 40);
  // At t = 0 the integrands tend to E[X] / π and 1 / π; that node has weight ½.
  let sigma = average / (2 * Math.PI);
  let slope = 1 / (2 * Math.PI);
  for (let t = step; t < END; t += step) {
    const [real, imaginary] = characteristic(t, offset, terms, keep);
    sigma += imaginary / Math.sinh(Math.PI * t);
    slope += (t * real) / Math.sinh(Math.PI * t);
  }
  const mean = 0.5 + step * sigma;
  return { mean, variance: mean - step * slope - mean ** 2 };
}

function characteristic(t: number, offset: number, terms: readonly number[], keep: number): [number, number] {
  let [real, imaginary] = [Math.cos(t * offset), Math.sin(t * offset)];
  for (const term of terms) {
    const [a, b] = [1 - keep + keep * Math.cos(t * term), keep * Math.sin(t * term)];
    [real, imaginary] = [real * a - imaginary * b, real * b + imaginary * a];
  }
  return [real, imaginary];
}
