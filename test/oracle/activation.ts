// The activations of THEORY §1, and the logarithms of logistic and softmax in the form that survives saturation (§3).
import { at } from "./at.ts";
import type { Activation, Rectifier } from "./description.ts";
import { normalDistribution } from "./normal.ts";

/** Returns the activities of a whole layer from its pre-activations S. */
export function activate(activation: Activation, s: Float64Array): Float64Array {
  const logistic = logisticParameters(activation);
  if (logistic) return s.map((value) => Math.exp(-softplus(-logisticArgument(logistic, value))));
  const rectifier = rectifierParameters(activation);
  if (rectifier) {
    const { type, alpha } = rectifier;
    return s.map((value) => (value >= 0 ? value : alpha * (type === "elu" ? Math.expm1(value) : value)));
  }
  if (activation === "gelu") return s.map((value) => value * normalDistribution(value));
  if (activation === "softplus") return s.map(softplus);
  if (activation === "relu") return s.map((value) => Math.max(0, value));
  if (activation === "tanh") return s.map(Math.tanh);
  if (activation === "softmax") return logSoftmax(s).map(Math.exp);
  return Float64Array.from(s);
}

export interface Logistic {
  readonly c: number;
  readonly lambda: number;
}

/** Returns c and λ of σ(S) = 1/(1 + c e^(-λS)), undefined for other activations. */
export function logisticParameters(activation: Activation): Logistic | undefined {
  if (activation === "sigmoid") return { c: 1, lambda: 1 };
  return typeof activation === "object" && activation.type === "sigmoid" ? activation : undefined;
}

/** Returns the slope α of a leaky ReLU or ELU, by name those of Keras; undefined for other activations. */
export function rectifierParameters(activation: Activation): Rectifier | undefined {
  if (activation === "leakyRelu") return { type: "leakyRelu", alpha: 0.2 };
  if (activation === "elu") return { type: "elu", alpha: 1 };
  return typeof activation === "object" && activation.type !== "sigmoid" ? activation : undefined;
}

/** Returns X = λS - ln c, with σ(S) = 1/(1 + e^-X). */
function logisticArgument({ c, lambda }: Logistic, s: number): number {
  return lambda * s - Math.log(c);
}

/** Returns log(1 + e^x) without overflow. */
function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/** Returns S_k - log Σ e^S_j. */
function logSoftmax(s: Float64Array): Float64Array {
  const largest = s.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  const total = s.reduce((sum, value) => sum + Math.exp(value - largest), 0);
  return s.map((value) => value - largest - Math.log(total));
}

/** Returns the logarithms of O and of 1 - O for unit `k` of the layer, undefined where geometric means have no meaning. */
export function logActivity(
  activation: Activation,
  s: Float64Array,
  k: number,
): { log: number; logComplement: number | undefined } | undefined {
  const logistic = logisticParameters(activation);
  if (logistic) {
    const x = logisticArgument(logistic, at(s, k));
    return { log: -softplus(-x), logComplement: -softplus(x) };
  }
  return activation === "softmax" ? { log: at(logSoftmax(s), k), logComplement: undefined } : undefined;
}
