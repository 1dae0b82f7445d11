// The distribution of a standard normal number, to the accuracy of float64.

/**
 * Returns Φ(x): within 4 of the middle by the series Φ(x) = ½ + φ(x) Σ x^(2k+1) / (1·3·5⋯(2k+1)) (Marsaglia 2004, "Evaluating the
 * normal distribution"), beyond by Laplace's continued fraction 1 - Φ(x) = φ(x) / (x + 1/(x + 2/(x + 3/(x + ⋯)))).
 */
export function normalDistribution(x: number): number {
  const density = Math.exp(-(x * x) / 2) / Math.sqrt(2 * Math.PI);
  const size = Math.abs(x);
  if (size >= 4) {
    let fraction = size;
    for (let term = TERMS; term >= 1; term--) fraction = size + term / fraction;
    const tail = density / fraction;
    return x < 0 ? tail : 1 - tail;
  }
  let [sum, term] = [0, x];
  for (let odd = 3; odd < 2 * TERMS; odd += 2) {
    sum += term;
    term *= (x * x) / odd;
  }
  return 0.5 + density * sum;
}

/** After so many, what is left out of either sum is below 1e-17 of it where they meet. */
const TERMS = 80;
