// One unit with gated inputs, mask by mask: the error of a subnetwork and its gradient, from THEORY §7 with the logistic function
// and the errors written out. `carried` is what an open gate lets through: the input, over p with inverted scaling.

export interface Unit {
  readonly weights: readonly number[];
  readonly carried: readonly number[];
  readonly rates: readonly number[];
  readonly bias: number;
  readonly target: number;
}

export interface Kind {
  /** Activity and error by the pre-activation. */
  readonly error: (s: number, t: number) => number;
  /** The derivative of the error by the pre-activation. */
  readonly slope: (s: number, t: number) => number;
}

const logistic = (x: number) => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x)));
const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** `½(t − O)²` of a linear unit: eq. 24, 26. */
export const linear: Kind = {
  error: (s, t) => 0.5 * (t - s) ** 2,
  slope: (s, t) => -(t - s),
};

/** `−(t log O + (1 − t) log(1 − O))` of `O = 1 / (1 + c e^(−λS))`: eq. 29. */
export function crossEntropy(c = 1, lambda = 1): Kind {
  const x = (s: number) => lambda * s - Math.log(c);
  return {
    error: (s, t) => t * softplus(-x(s)) + (1 - t) * softplus(x(s)),
    slope: (s, t) => -lambda * (t - logistic(x(s))),
  };
}

/** `½(t − tanh S)²`. */
export const tanh: Kind = {
  error: (s, t) => 0.5 * (t - Math.tanh(s)) ** 2,
  slope: (s, t) => -(t - Math.tanh(s)) * (1 - Math.tanh(s) ** 2),
};

export interface Expectation {
  readonly error: number;
  /** By weight, then by the bias. */
  readonly gradient: number[];
  /** Of one sampled gradient. */
  readonly variance: number[];
}

/** Sums over all `2^n` masks, those of gates that never drop included. */
export function expectation(unit: Unit, kind: Kind): Expectation {
  const { weights, carried, rates, bias, target } = unit;
  const n = weights.length;
  let error = 0;
  const first = new Array<number>(n + 1).fill(0);
  const second = new Array<number>(n + 1).fill(0);
  for (let mask = 0; mask < 2 ** n; mask++) {
    const open = Array.from({ length: n }, (_, i) => (mask >> i) & 1);
    const probability = open.reduce((p, gate, i) => p * (gate ? 1 - at(rates, i) : at(rates, i)), 1);
    const s = open.reduce((sum, gate, i) => sum + gate * at(weights, i) * at(carried, i), bias);
    error += probability * kind.error(s, target);
    const slope = kind.slope(s, target);
    [...open.map((gate, i) => gate * at(carried, i) * slope), slope].forEach((value, i) => {
      first[i] = at(first, i) + probability * value;
      second[i] = at(second, i) + probability * value ** 2;
    });
  }
  return { error, gradient: first, variance: second.map((square, i) => square - at(first, i) ** 2) };
}

function at(values: readonly number[], index: number): number {
  return values[index] as number;
}
