import { finite, onlyOptions, positive } from "./argument.js";
import type { NetworkBuilder } from "./wasm/boundary.js";

/** What training adds to the loss for the weights of a tensor: `l1·Σ|w| + l2·Σw²`. Plain data. */
export interface Regularizer {
  /** At least 0. */
  readonly l1?: number | undefined;
  /** At least 0. */
  readonly l2?: number | undefined;
}

/** What keeps the weights of a layer small while training. */
export interface RegularizerOptions {
  /** Penalty on the kernel; default none. */
  readonly kernelRegularizer?: Regularizer | undefined;
  /** Penalty on the bias; default none. */
  readonly biasRegularizer?: Regularizer | undefined;
  /**
   * Limit, above 0, for the Euclidean norm of the incoming weights of each unit: after a step a longer one is scaled
   * down to it (Srivastava et al. 2014; Keras' `MaxNorm` over all axes of the kernel but the last). Default none.
   */
  readonly maxNorm?: number | undefined;
}

/** The names of {@link RegularizerOptions}. */
export const regularizerOptions = ["kernelRegularizer", "biasRegularizer", "maxNorm"] as const;

/** The part of the settings of a layer that says how its weights are kept small; empty where nothing does. */
export interface RegularizerConfig {
  readonly kernelRegularizer?: Required<Regularizer>;
  readonly biasRegularizer?: Required<Regularizer>;
  readonly maxNorm?: number;
}

/** Returns the penalty `factor·Σ|w|`, as in Keras. */
export function l1(factor: number): Regularizer {
  return checkRegularizer("make a regularizer", "l1", { l1: factor });
}

/**
 * Returns the penalty `factor·Σw²`, as in Keras.
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { dense, l2, sequential } from "thinned";
 *
 * const model = sequential([dense(1, { kernelRegularizer: l2(0.1) })], { inputShape: [2], seed: 1 });
 * model.setWeights([[[1], [2]], [0]]);
 * const { loss } = await model.evaluate([[1, 1]], [3], { loss: "meanSquaredError" });
 * assert.ok(Math.abs(loss - 0.5) < 1e-12); // no error, and 0.1·(1² + 2²)
 * ```
 */
export function l2(factor: number): Regularizer {
  return checkRegularizer("make a regularizer", "l2", { l2: factor });
}

/** Returns the checked settings of a layer that has a kernel, and perhaps a bias. */
export function checkRegularizers(
  action: string,
  options: RegularizerOptions,
  useBias: boolean,
): RegularizerConfig {
  const { kernelRegularizer, biasRegularizer, maxNorm } = options;
  if (biasRegularizer !== undefined && !useBias) {
    throw new RangeError(
      `Cannot ${action}: there is a biasRegularizer and useBias is false; one of them is wanted`,
    );
  }
  return {
    ...(kernelRegularizer === undefined
      ? {}
      : { kernelRegularizer: checkRegularizer(action, "kernelRegularizer", kernelRegularizer) }),
    ...(biasRegularizer === undefined
      ? {}
      : { biasRegularizer: checkRegularizer(action, "biasRegularizer", biasRegularizer) }),
    ...(maxNorm === undefined ? {} : { maxNorm: positive(action, "maxNorm", maxNorm) }),
  };
}

function checkRegularizer(action: string, name: string, value: Regularizer): Required<Regularizer> {
  onlyOptions(`${action}: ${name}`, value, ["l1", "l2"]);
  // Steps are taken in single precision.
  const fits = (number: number) => number >= 0 && Number.isFinite(Math.fround(number));
  const factor = (key: "l1" | "l2") =>
    finite(action, `${name}.${key}`, value[key] ?? 0, "of at least 0 that float32 can hold", fits);
  return { l1: factor("l1"), l2: factor("l2") };
}

/** Says inside the module how the weights of a layer with a kernel, and perhaps a bias, are kept small. */
export function regularize(
  builder: NetworkBuilder,
  node: number,
  { kernelRegularizer, biasRegularizer, maxNorm = 0 }: RegularizerConfig,
  useBias: boolean,
): void {
  const penalties = [kernelRegularizer, ...(useBias ? [biasRegularizer] : [])];
  if (maxNorm === 0 && penalties.every((penalty) => penalty === undefined)) return;
  builder.regularize(
    node,
    Float64Array.from(penalties.flatMap((penalty) => [penalty?.l1 ?? 0, penalty?.l2 ?? 0])),
    maxNorm,
  );
}
