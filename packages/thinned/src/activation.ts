import { finite, oneOf, onlyOptions, positive, printed } from "./argument.js";

/** The logistic unit `1 / (1 + c·exp(−lambda·S))`: `c` above 0, `lambda` any number but 0; both default to 1, the plain sigmoid. */
export interface SigmoidActivation {
  readonly type: "sigmoid";
  readonly c?: number | undefined;
  readonly lambda?: number | undefined;
}

/** The function that turns the pre-activations of a layer into its activities. */
export type Activation = "linear" | "relu" | "sigmoid" | "tanh" | "softmax" | SigmoidActivation;

const activationNames = ["linear", "relu", "sigmoid", "tanh", "softmax"] as const satisfies Activation[];

/** An activation with every parameter in place, as a model file holds it. */
export type ActivationConfig =
  | Exclude<(typeof activationNames)[number], "sigmoid">
  | { readonly type: "sigmoid"; readonly c: number; readonly lambda: number };

/** Returns the validated activation of a layer. */
export function checkActivation(action: string, activation: unknown): ActivationConfig {
  if (typeof activation === "string") {
    const name = oneOf(action, "activation", activation, activationNames);
    return name === "sigmoid" ? { type: name, c: 1, lambda: 1 } : name;
  }
  if (typeof activation !== "object" || activation === null) {
    throw new TypeError(
      `Cannot ${action}: activation is ${printed(activation)}, a name such as "relu" or { type: "sigmoid", c, lambda } is wanted`,
    );
  }
  onlyOptions(action, activation, ["type", "c", "lambda"]);
  const { type, c = 1, lambda = 1 } = activation as { type?: unknown; c?: unknown; lambda?: unknown };
  return {
    type: oneOf(action, "activation.type", type, ["sigmoid"] as const),
    c: positive(action, "activation.c", c),
    lambda: finite(action, "activation.lambda", lambda, "other than 0", (value) => value !== 0),
  };
}
