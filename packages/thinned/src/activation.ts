import { finite, oneOf, onlyOptions, positive, printed } from "./argument.js";

/** The logistic unit `1 / (1 + c·exp(−lambda·S))`: `c` above 0, `lambda` any number but 0; both default to 1, the plain sigmoid. */
export interface SigmoidActivation {
  readonly type: "sigmoid";
  readonly c?: number | undefined;
  readonly lambda?: number | undefined;
}

/** The function that turns the pre-activations of a layer into its activities. */
export type Activation =
  | "linear"
  | "relu"
  | "leakyRelu"
  | "elu"
  | "gelu"
  | "sigmoid"
  | "tanh"
  | "softplus"
  | "softmax"
  | SigmoidActivation
  | RectifierActivation;

/**
 * A rectifier whose lower half has a slope: `alpha·S` for `"leakyRelu"` (`alpha` at least 0, default 0.2), `alpha·(exp(S) − 1)` for
 * `"elu"` (`alpha` above 0, default 1).
 */
export interface RectifierActivation {
  readonly type: "leakyRelu" | "elu";
  readonly alpha?: number | undefined;
}

const activationNames = [
  "linear",
  "relu",
  "leakyRelu",
  "elu",
  "gelu",
  "sigmoid",
  "tanh",
  "softplus",
  "softmax",
] as const satisfies Activation[];

/** The slope of a rectifier that does not name its own, as in TensorFlow.js and Keras. */
const alphas = { leakyRelu: 0.2, elu: 1 };

/** An activation with every parameter in place, as a model file holds it. */
export type ActivationConfig =
  | Exclude<(typeof activationNames)[number], "sigmoid" | "leakyRelu" | "elu">
  | { readonly type: "leakyRelu" | "elu"; readonly alpha: number }
  | { readonly type: "sigmoid"; readonly c: number; readonly lambda: number };

/** Returns the validated activation of a layer. */
export function checkActivation(action: string, activation: unknown): ActivationConfig {
  if (typeof activation === "string") {
    const name = oneOf(action, "activation", activation, activationNames);
    if (name === "leakyRelu" || name === "elu") return { type: name, alpha: alphas[name] };
    return name === "sigmoid" ? { type: name, c: 1, lambda: 1 } : name;
  }
  if (typeof activation !== "object" || activation === null) {
    throw new TypeError(
      `Cannot ${action}: activation is ${printed(activation)}, a name such as "relu" or { type: "sigmoid", c, lambda } is wanted`,
    );
  }
  const kinds = ["sigmoid", "leakyRelu", "elu"] as const;
  const type = oneOf(action, "activation.type", (activation as { type?: unknown }).type, kinds);
  if (type !== "sigmoid") {
    onlyOptions(action, activation, ["type", "alpha"]);
    const { alpha = alphas[type] } = activation as { alpha?: unknown };
    const wanted = type === "elu" ? "above 0" : "of at least 0";
    const fits = (value: number) =>
      (type === "elu" ? value > 0 : value >= 0) && Number.isFinite(Math.fround(value));
    return { type, alpha: finite(action, "activation.alpha", alpha, wanted, fits) };
  }
  onlyOptions(action, activation, ["type", "c", "lambda"]);
  const { c = 1, lambda = 1 } = activation as { c?: unknown; lambda?: unknown };
  return {
    type,
    c: positive(action, "activation.c", c),
    lambda: finite(action, "activation.lambda", lambda, "other than 0", (value) => value !== 0),
  };
}

/** Returns an activation as the boundary takes it: its name and two numbers, of which it may ignore some. */
export function activationArguments(activation: ActivationConfig): [type: string, c: number, lambda: number] {
  if (typeof activation === "string") return [activation, 1, 1];
  return activation.type === "sigmoid"
    ? [activation.type, activation.c, activation.lambda]
    : [activation.type, activation.alpha, 1];
}
