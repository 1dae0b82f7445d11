import { finite, onlyOptions, positive, printed } from "./argument.js";

/** What `fit()` moves the weights with: made by {@link sgd} or {@link adam}. */
export class Optimizer {
  readonly kind: "sgd" | "adam";
  /** In the order of the boundary: sgd `[learningRate, momentum]`; adam `[learningRate, beta1, beta2, epsilon]`. */
  readonly hyperparameters: readonly number[];

  /** @internal */
  constructor(kind: "sgd" | "adam", hyperparameters: readonly number[]) {
    this.kind = kind;
    this.hyperparameters = Object.freeze([...hyperparameters]);
  }

  get learningRate(): number {
    return this.hyperparameters[0] as number;
  }
}

/** The options of {@link sgd}. */
export interface SgdOptions {
  /** Above 0; default 0.01. */
  readonly learningRate?: number | undefined;
  /** In `[0, 1)`; default 0. */
  readonly momentum?: number | undefined;
}

/** The options of {@link adam}. */
export interface AdamOptions {
  /** Above 0; default 0.001. */
  readonly learningRate?: number | undefined;
  /** Decay of the first moment, in `[0, 1)`; default 0.9. */
  readonly beta1?: number | undefined;
  /** Decay of the second moment, in `[0, 1)`; default 0.999. */
  readonly beta2?: number | undefined;
  /** Above 0; default 1e-7, as in Keras. */
  readonly epsilon?: number | undefined;
}

/**
 * Returns stochastic gradient descent with momentum: `v ← momentum·v + g`, `w ← w − learningRate·v`, as in PyTorch.
 *
 * @throws RangeError when a hyperparameter is out of range
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { dense, sequential, sgd } from "thinned";
 *
 * const model = sequential([dense(1)], { inputShape: [1], seed: 1 });
 * const x = [[-1], [0], [1], [2]];
 * const { history } = await model.fit(x, [-1, 1, 3, 5], {
 *   loss: "meanSquaredError",
 *   optimizer: sgd({ learningRate: 0.05, momentum: 0.9 }),
 *   epochs: 200,
 * });
 * assert.ok((history.loss.at(-1) ?? 1) < 1e-6); // y = 2x + 1
 * ```
 */
export function sgd(options: SgdOptions = {}): Optimizer {
  const action = "make an sgd optimizer";
  onlyOptions(action, options, ["learningRate", "momentum"]);
  const { learningRate = 0.01, momentum = 0 } = options;
  return new Optimizer("sgd", [
    positive(action, "learningRate", learningRate),
    decay(action, "momentum", momentum),
  ]);
}

/**
 * Returns Adam (Kingma & Ba 2015) with bias-corrected moments: `w ← w − learningRate·m̂ / (√v̂ + epsilon)`.
 *
 * @throws RangeError when a hyperparameter is out of range
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { adam } from "thinned";
 *
 * assert.equal(adam().learningRate, 0.001);
 * assert.throws(() => adam({ learningRate: -1 }), RangeError);
 * ```
 */
export function adam(options: AdamOptions = {}): Optimizer {
  const action = "make an adam optimizer";
  onlyOptions(action, options, ["learningRate", "beta1", "beta2", "epsilon"]);
  const { learningRate = 0.001, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7 } = options;
  return new Optimizer("adam", [
    positive(action, "learningRate", learningRate),
    decay(action, "beta1", beta1),
    decay(action, "beta2", beta2),
    positive(action, "epsilon", epsilon),
  ]);
}

/** Returns the optimizer that was given; default `adam()`. */
export function checkOptimizer(action: string, optimizer: unknown): Optimizer {
  if (optimizer === undefined) return adam();
  if (optimizer instanceof Optimizer) return optimizer;
  throw new TypeError(
    `Cannot ${action}: optimizer is ${printed(optimizer)}, what adam() or sgd() returned is wanted`,
  );
}

function decay(action: string, name: string, value: unknown): number {
  return finite(action, name, value, "in [0, 1)", (number) => number >= 0 && number < 1);
}
