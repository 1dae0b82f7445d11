import { type Activation, activationArguments, checkActivation } from "../activation.js";
import { finite, oneOf, onlyOptions, printed } from "../argument.js";
import {
  type GradientLoss,
  type GradientMethod,
  gradientLosses,
  gradientMethods,
} from "../expectedGradient.js";
import { isList, type NumberArray } from "../numberArray.js";
import { checkRates, type Scaling, scalings } from "../rate.js";
import { simd128Instance } from "../wasm/instance.js";

/** One unit over one input, with a gate at every input: `S = b + Σ w_i I_i δ_i`, `I_i / p_i` with inverted scaling. */
export interface DropoutUnit {
  /** `w`. */
  readonly weights: readonly number[] | NumberArray;
  /** `I`, as many. */
  readonly input: readonly number[] | NumberArray;
  /** `t`; of a cross-entropy in `[0, 1]`. */
  readonly target: number;
  /** Probability of dropping, in `[0, 1)`: one for all inputs, or one each. */
  readonly rate: number | readonly number[] | NumberArray;
  /** `b`; default 0. */
  readonly bias?: number | undefined;
  /** Default `"standard"`, the form of the paper, and not that of layers. */
  readonly scaling?: Scaling | undefined;
  /** Default `"linear"`; no softmax. */
  readonly activation?: Activation | undefined;
  /** Default `"binaryCrossentropy"` of a logistic unit, `"halfSquaredError"` of others. */
  readonly loss?: GradientLoss | undefined;
}

/** An error and its gradient. */
export interface UnitGradient {
  readonly error: number;
  /** By the weights as they are stored. */
  readonly weights: Float64Array;
  readonly bias: number;
}

type Part = "expected" | "ensemble" | "weightDecay" | "approximation";

const known = ["weights", "input", "target", "rate", "bias", "scaling", "activation", "loss"];

/** Returns a part of the gradient of a unit; numbers are float64 throughout. */
export async function unitGradient(
  action: string,
  part: Part,
  unit: DropoutUnit,
  method?: GradientMethod | undefined,
): Promise<UnitGradient> {
  onlyOptions(action, unit, known);
  const { bias = 0, scaling = "standard", activation = "linear", loss } = unit;
  const weights = numbers(action, "weights", unit.weights);
  const input = numbers(action, "input", unit.input);
  const rates = Float64Array.from(checkRates(action, unit.rate));
  sameLength(action, "input", input, weights.length);
  if (rates.length > 1 || isList(unit.rate)) sameLength(action, "rate", rates, weights.length);
  const config = checkActivation(action, activation);
  const isEntropy =
    loss === "binaryCrossentropy" ||
    (loss === undefined && typeof config === "object" && config.type === "sigmoid");
  const wanted = isEntropy ? "in [0, 1], a probability," : "(finite)";
  const fits = (value: number) => !isEntropy || (value >= 0 && value <= 1);
  const target = finite(action, "target", unit.target, wanted, fits);
  const offset = finite(action, "bias", bias, "(finite)", () => true);
  oneOf(action, "scaling", scaling, scalings);
  if (loss !== undefined) oneOf(action, "loss", loss, gradientLosses);
  if (method !== undefined) oneOf(action, "method", method, gradientMethods);
  const instance = await simd128Instance();
  const found = instance.run((boundary) =>
    boundary.unitGradient(
      part,
      weights,
      input,
      rates,
      offset,
      scaling,
      ...activationArguments(config),
      loss ?? "",
      target,
      method ?? "",
    ),
  );
  return { error: found[0] as number, bias: found[1] as number, weights: found.slice(2) };
}

function numbers(action: string, name: string, value: unknown): Float64Array {
  if (!isList(value) || value.length === 0) {
    throw new TypeError(`Cannot ${action}: ${name} is ${printed(value)}, a list of numbers is wanted`);
  }
  return Float64Array.from(value as ArrayLike<unknown>, (each, index) =>
    finite(action, `${name}[${index}]`, each, "(finite)", () => true),
  );
}

function sameLength(action: string, name: string, { length }: ArrayLike<number>, wanted: number): void {
  if (length === wanted) return;
  throw new RangeError(
    `Cannot ${action}: ${name} has ${length} values, ${wanted} are wanted, one for each weight`,
  );
}
