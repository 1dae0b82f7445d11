// Do z-scores look standard normal? The test that catches a wrong variance, which a 4-sigma check of each mean forgives.

/** Returns Φ(z) within 1.5e-7 (Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26). */
export function normalDistribution(z: number): number {
  const t = 1 / (1 + (0.3275911 * Math.abs(z)) / Math.SQRT2);
  const polynomial =
    t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const tail = (polynomial * Math.exp((-z * z) / 2)) / 2;
  return z < 0 ? tail : 1 - tail;
}

/** Returns the Kolmogorov-Smirnov distance sup |F_n - Φ|. */
function kolmogorovSmirnov(zScores: readonly number[]): number {
  const sorted = [...zScores].sort((a, b) => a - b);
  return sorted.reduce((distance, z, index) => {
    const phi = normalDistribution(z);
    return Math.max(distance, phi - index / sorted.length, (index + 1) / sorted.length - phi);
  }, 0);
}

export interface NormalityReport {
  readonly count: number;
  readonly mean: number;
  readonly variance: number;
  readonly distance: number;
  /** What each may be for truly normal scores: four standard errors, and the distance exceeded once in 10,000. */
  readonly limits: { readonly mean: number; readonly variance: number; readonly distance: number };
  readonly isNormal: boolean;
}

/** Returns the mean, variance and Kolmogorov-Smirnov distance of independent z-scores beside their limits. */
export function normality(zScores: readonly number[]): NormalityReport {
  const count = zScores.length;
  const mean = zScores.reduce((sum, z) => sum + z, 0) / count;
  const variance = zScores.reduce((sum, z) => sum + (z - mean) ** 2, 0) / count;
  const distance = kolmogorovSmirnov(zScores);
  const limits = {
    mean: 4 / Math.sqrt(count),
    variance: 4 * Math.sqrt(2 / count),
    // Kolmogorov's limit law: P(D > x/√n) ≈ 2 e^(-2x²).
    distance: Math.sqrt(-Math.log(1e-4 / 2) / 2 / count),
  };
  const isNormal =
    Math.abs(mean) <= limits.mean && Math.abs(variance - 1) <= limits.variance && distance <= limits.distance;
  return { count, mean, variance, distance, limits, isNormal };
}
