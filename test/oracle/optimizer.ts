// Optimisers as PyTorch states them, in float64. Each call returns a fresh update rule with its own memory.

export type UpdateRule = (weights: Float64Array, gradient: Float64Array) => Float64Array;

/** Returns the rule v ← μ v + g, w ← w - η v. */
export function sgdRule({ learningRate, momentum }: { learningRate: number; momentum: number }): UpdateRule {
  let velocity: Float64Array | undefined;
  return (weights, gradient) => {
    const v = gradient.map((g, i) => momentum * (velocity?.[i] ?? 0) + g);
    velocity = v;
    return weights.map((w, i) => w - learningRate * (v[i] ?? Number.NaN));
  };
}

/** Returns the rule of Kingma and Ba 2015, algorithm 1: bias-corrected moments, ε added after the square root. */
export function adamRule(options: {
  learningRate: number;
  beta1: number;
  beta2: number;
  epsilon: number;
}): UpdateRule {
  const { learningRate, beta1, beta2, epsilon } = options;
  let first: Float64Array | undefined;
  let second: Float64Array | undefined;
  let steps = 0;
  return (weights, gradient) => {
    steps++;
    const m = gradient.map((g, i) => beta1 * (first?.[i] ?? 0) + (1 - beta1) * g);
    const v = gradient.map((g, i) => beta2 * (second?.[i] ?? 0) + (1 - beta2) * g * g);
    [first, second] = [m, v];
    return weights.map((w, i) => {
      const mHat = (m[i] ?? Number.NaN) / (1 - beta1 ** steps);
      const vHat = (v[i] ?? Number.NaN) / (1 - beta2 ** steps);
      return w - (learningRate * mHat) / (Math.sqrt(vHat) + epsilon);
    });
  };
}
