import { finite, onlyOptions, positive, printed } from "../argument.js";
import { isRecord } from "../json.js";

/** A covariance function: plain data, as the functions of `gp` return it. */
export type Kernel =
  | { readonly kind: "rbf"; readonly lengthScale: number | readonly number[]; readonly variance: number }
  | {
      readonly kind: "periodic";
      readonly lengthScale: number;
      readonly period: number;
      readonly variance: number;
    }
  | {
      readonly kind: "arcCosine" | "arcSine";
      readonly weightVariance: number;
      readonly biasVariance: number;
      readonly variance: number;
    }
  | { readonly kind: "linear"; readonly variance: number; readonly biasVariance: number }
  | { readonly kind: "white" | "constant"; readonly variance: number }
  | { readonly kind: "sum" | "product"; readonly kernels: readonly Kernel[] };

/** The options of `arcCosine()` and `arcSine()`. */
export interface UnitsOptions {
  /** Variance of each weight of a unit, above 0; default 1. */
  readonly weightVariance?: number | undefined;
  /** Variance of its bias, at least 0; default 1: the bias is the weight of a constant input of 1. */
  readonly biasVariance?: number | undefined;
  /** What all covariances are multiplied by, above 0; default 1. */
  readonly variance?: number | undefined;
}

const action = "make a kernel";

/**
 * Returns the squared-exponential kernel `variance · exp(−½ Σ (xᵢ − zᵢ)² / lᵢ²)`: smooth functions.
 *
 * @param options - `lengthScale`, above 0, one or one for each input, default 1; `variance`, above 0, default 1
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { gp } from "thinned";
 *
 * const { data } = await gp.covariances(gp.rbf({ lengthScale: 2 }), [[0], [2]]);
 * assert.ok(Math.abs((data[1] ?? 0) - Math.exp(-1 / 2)) < 1e-15);
 * ```
 */
export function rbf(
  options: {
    readonly lengthScale?: number | readonly number[] | undefined;
    readonly variance?: number | undefined;
  } = {},
): Kernel {
  return checkKernel(action, { lengthScale: 1, variance: 1, ...given(options), kind: "rbf" });
}

/**
 * Returns the kernel of functions that repeat themselves in every input, `variance · exp(−2 Σ sin²(π(xᵢ − zᵢ)/period) / lengthScale²)`
 * (MacKay 1998).
 *
 * Some write it over the distance `‖x − z‖`, which is the same for one input, and not positive definite for more.
 *
 * @param options - `lengthScale`, `period` and `variance`, above 0; default 1
 */
export function periodic(
  options: {
    readonly lengthScale?: number | undefined;
    readonly period?: number | undefined;
    readonly variance?: number | undefined;
  } = {},
): Kernel {
  return checkKernel(action, {
    lengthScale: 1,
    period: 1,
    variance: 1,
    ...given(options),
    kind: "periodic",
  });
}

/**
 * Returns the kernel of infinitely many ReLU units with normal weights, `variance · E[relu(u) relu(u')]` (Cho & Saul 2009, order 1;
 * theirs is twice this one): `variance/(2π) · √(AB) · (sin θ + (π − θ) cos θ)` with `cos θ = s/√(AB)`.
 *
 * `s = weightVariance·xᵀz + biasVariance`, `A` and `B` the same of `x` and of `z` with itself. It is the mean product of two activities of a
 * random unit, so that a layer of K of them estimates it with an error of the order of 1/√K.
 */
export function arcCosine(options: UnitsOptions = {}): Kernel {
  return units("arcCosine", options);
}

/**
 * Returns the kernel of infinitely many erf units with normal weights, `variance · E[erf(u) erf(u')]` (Williams 1998): `variance · (2/π) ·
 * asin(2s / √((1 + 2A)(1 + 2B)))`, with `s`, `A` and `B` as in {@link arcCosine}.
 */
export function arcSine(options: UnitsOptions = {}): Kernel {
  return units("arcSine", options);
}

/** Returns the kernel of linear functions, `variance · xᵀz + biasVariance`; defaults 1 and 0. */
export function linear(
  options: { readonly variance?: number | undefined; readonly biasVariance?: number | undefined } = {},
): Kernel {
  return checkKernel(action, { variance: 1, biasVariance: 0, ...given(options), kind: "linear" });
}

/**
 * Returns the kernel of independent noise: `variance` of a row with itself, 0 of any two rows, and of any row of other data. Unlike the
 * `noise` of a fit it belongs to the function, and so to the variance of predictions.
 */
export function white(options: { readonly variance?: number | undefined } = {}): Kernel {
  return checkKernel(action, { variance: 1, ...given(options), kind: "white" });
}

/** Returns the kernel of constant functions: `variance`, default 1. */
export function constant(options: { readonly variance?: number | undefined } = {}): Kernel {
  return checkKernel(action, { variance: 1, ...given(options), kind: "constant" });
}

/**
 * Returns the kernel of a sum of independent functions.
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { gp } from "thinned";
 *
 * const trend = gp.rbf({ lengthScale: 50 });
 * const season = gp.product(gp.periodic({ period: 1 }), gp.rbf({ lengthScale: 100 }));
 * assert.equal(gp.sum(trend, season).kind, "sum");
 * ```
 */
export function sum(...kernels: Kernel[]): Kernel {
  return checkKernel(action, { kind: "sum", kernels });
}

/** Returns the product of kernels: where all of them see two points as alike. */
export function product(...kernels: Kernel[]): Kernel {
  return checkKernel(action, { kind: "product", kernels });
}

function units(kind: "arcCosine" | "arcSine", options: UnitsOptions): Kernel {
  const defaults = { weightVariance: 1, biasVariance: 1, variance: 1 };
  return checkKernel(action, { ...defaults, ...given(options), kind });
}

/** Returns the options without those that are undefined, so that defaults stay. */
function given(options: object): object {
  onlyOptions(action, options, ["lengthScale", "variance", "period", "weightVariance", "biasVariance"]);
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** The parameters of each family in the order in which the module takes them. */
const families: Readonly<Record<string, readonly string[]>> = {
  rbf: ["variance", "lengthScale"],
  periodic: ["variance", "lengthScale", "period"],
  arcCosine: ["variance", "weightVariance", "biasVariance"],
  arcSine: ["variance", "weightVariance", "biasVariance"],
  linear: ["variance", "biasVariance"],
  white: ["variance"],
  constant: ["variance"],
};

/** Deeper expressions are refused: a kernel may come from a file, or contain itself. */
const DEEPEST = 32;

/**
 * Returns the checked kernel, whose numbers nobody else holds.
 *
 * @throws TypeError when it is none
 * @throws RangeError when a parameter is out of range, or a sum or product has no kernels
 */
export function checkKernel(action: string, kernel: unknown, name = "kernel", depth = 0): Kernel {
  if (!isRecord(kernel) || typeof kernel.kind !== "string") {
    throw new TypeError(
      `Cannot ${action}: ${name} is ${printed(kernel)}, a kernel as gp.rbf() makes it is wanted`,
    );
  }
  const { kind } = kernel;
  if (kind === "sum" || kind === "product") {
    const { kernels } = kernel;
    onlyOptions(`${action}: ${kind}`, kernel, ["kind", "kernels"]);
    if (!Array.isArray(kernels) || kernels.length === 0 || depth >= DEEPEST) {
      const state = depth >= DEEPEST ? `nested deeper than ${DEEPEST} kernels` : printed(kernels);
      throw new RangeError(`Cannot ${action}: ${name}.kernels is ${state}, at least one kernel is wanted`);
    }
    const checked = kernels.map((inner, i) => checkKernel(action, inner, `${name}.kernels[${i}]`, depth + 1));
    return { kind, kernels: checked };
  }
  const parameters = families[kind];
  if (parameters === undefined) {
    const known = [...Object.keys(families), "sum", "product"].join(", ");
    throw new RangeError(`Cannot ${action}: ${name}.kind is ${printed(kind)}, one of ${known} is wanted`);
  }
  onlyOptions(`${action}: ${kind}`, kernel, ["kind", ...parameters]);
  const checked = parameters.map((parameter) => [
    parameter,
    checkParameter(action, kind, parameter, kernel[parameter]),
  ]);
  return { kind, ...Object.fromEntries(checked) };
}

function checkParameter(action: string, kind: string, parameter: string, value: unknown): unknown {
  const name = `${kind}.${parameter}`;
  if (parameter === "biasVariance")
    return finite(action, name, value, "of at least 0", (number) => number >= 0);
  if (kind !== "rbf" || parameter !== "lengthScale" || !Array.isArray(value))
    return positive(action, name, value);
  return value.map((length, i) => positive(action, `${name}[${i}]`, length));
}

/** A kernel as the boundary takes it. */
export interface Encoded {
  /** In postfix order. */
  readonly words: string;
  /** Parameters of each family. */
  readonly counts: Uint32Array<ArrayBuffer>;
  readonly parameters: Float64Array<ArrayBuffer>;
}

/**
 * Returns a checked kernel for points of `inputs` inputs, as the boundary takes it.
 *
 * @throws RangeError when it has another number of length-scales
 */
export function encode(action: string, kernel: Kernel, inputs: number): Encoded {
  const words: string[] = [];
  const counts: number[] = [];
  const parameters: number[] = [];
  const visit = (part: Kernel): void => {
    if (part.kind === "sum" || part.kind === "product") {
      for (const [i, inner] of part.kernels.entries()) {
        visit(inner);
        if (i > 0) words.push(part.kind);
      }
      return;
    }
    const numbers = numbersOf(part);
    if (part.kind === "rbf" && typeof part.lengthScale !== "number" && part.lengthScale.length !== inputs) {
      throw new RangeError(
        `Cannot ${action}: rbf.lengthScale has ${part.lengthScale.length} numbers, x has ${inputs} columns; one, or one for each is wanted`,
      );
    }
    words.push(part.kind);
    counts.push(numbers.length);
    for (const number of numbers) parameters.push(number);
  };
  visit(kernel);
  return {
    words: words.join(" "),
    counts: Uint32Array.from(counts),
    parameters: Float64Array.from(parameters),
  };
}

/** Returns a kernel of the same form with other parameters, in the order of {@link encode}. */
export function withParameters(kernel: Kernel, parameters: readonly number[]): Kernel {
  const rest = [...parameters];
  const visit = (part: Kernel): Kernel => {
    if (part.kind === "sum" || part.kind === "product") return { ...part, kernels: part.kernels.map(visit) };
    const changed = (families[part.kind] as readonly string[]).map((parameter) => {
      const old = (part as unknown as Record<string, number | number[]>)[parameter];
      return [parameter, Array.isArray(old) ? rest.splice(0, old.length) : rest.shift()];
    });
    return { ...part, ...Object.fromEntries(changed) };
  };
  return visit(kernel);
}

function numbersOf(kernel: Kernel): number[] {
  const values = kernel as unknown as Record<string, number | readonly number[]>;
  return (families[kernel.kind] as readonly string[]).flatMap((parameter) => values[parameter] as number);
}
