import { boolean, finite, onlyOptions, positive, printed } from "./argument.js";
import { checkSchedule, learningRates, momenta, type Schedule } from "./learningRate.js";

/** The rules that move weights. */
export type OptimizerKind = "sgd" | "adam" | "rmsprop" | "adagrad";

/** How gradients are kept from growing too large; the options of every optimizer. */
export interface ClippingOptions {
  /** The length, above 0, that all gradients together, as one vector, are scaled down to. Keras: `global_clipnorm`. */
  readonly clipNorm?: number | undefined;
  /** The limit, above 0, for the size of each entry of a gradient. */
  readonly clipValue?: number | undefined;
}

/** What is done about large gradients, as the boundary takes it. */
export interface Clipping {
  readonly by: "none" | "norm" | "value";
  readonly limit: number;
}

/** What an {@link Optimizer} is made from. */
interface OptimizerParts {
  readonly kind: OptimizerKind;
  readonly settings: readonly number[];
  readonly learningRate: number | Schedule;
  readonly momentum?: number | Schedule | undefined;
  readonly clipping: Clipping;
}

/** What `fit()` moves the weights with: made by {@link sgd}, {@link adam} and the like. */
export class Optimizer {
  readonly kind: OptimizerKind;
  /** In the order of the boundary. */
  readonly settings: readonly number[];
  readonly learningRate: number | Schedule;
  readonly momentum: number | Schedule;
  readonly clipping: Clipping;

  /** @internal */
  constructor({ kind, settings, learningRate, momentum = 0, clipping }: OptimizerParts) {
    this.kind = kind;
    this.settings = Object.freeze([...settings]);
    this.learningRate = learningRate;
    this.momentum = momentum;
    this.clipping = Object.freeze(clipping);
  }
}

/** The options of {@link sgd}. */
export interface SgdOptions extends ClippingOptions {
  /** Above 0; default 0.01. */
  readonly learningRate?: number | Schedule | undefined;
  /** In `[0, 1)`; default 0. */
  readonly momentum?: number | Schedule | undefined;
  /** Whether the gradient is looked up where the momentum leads; default false. */
  readonly nesterov?: boolean | undefined;
}

/** The options of {@link adam}. */
export interface AdamOptions extends ClippingOptions {
  /** Above 0; default 0.001. */
  readonly learningRate?: number | Schedule | undefined;
  /** Decay of the first moment, in `[0, 1)`; default 0.9. */
  readonly beta1?: number | undefined;
  /** Decay of the second moment, in `[0, 1)`; default 0.999. */
  readonly beta2?: number | undefined;
  /** Above 0; default 1e-7, as in Keras. */
  readonly epsilon?: number | undefined;
}

/** The options of {@link adamW}. */
export interface AdamWOptions extends AdamOptions {
  /** At least 0; default 0.004, as in Keras (PyTorch: 0.01). */
  readonly weightDecay?: number | undefined;
}

/** The options of {@link rmsprop}. */
export interface RmspropOptions extends ClippingOptions {
  /** Above 0; default 0.001. */
  readonly learningRate?: number | Schedule | undefined;
  /** Decay of the mean square, in `[0, 1)`; default 0.9, as in Keras (PyTorch: `alpha`, 0.99). */
  readonly rho?: number | undefined;
  /** In `[0, 1)`; default 0. */
  readonly momentum?: number | Schedule | undefined;
  /** Above 0; default 1e-7, as in Keras. */
  readonly epsilon?: number | undefined;
  /** Whether the square of the mean gradient is taken off the mean square; default false. */
  readonly centered?: boolean | undefined;
}

/** The options of {@link adagrad}. */
export interface AdagradOptions extends ClippingOptions {
  /** Above 0; default 0.001, as in Keras. */
  readonly learningRate?: number | Schedule | undefined;
  /** At least 0; default 0.1, as in Keras (PyTorch: 0). */
  readonly initialAccumulatorValue?: number | undefined;
  /** Above 0; default 1e-7, as in Keras. */
  readonly epsilon?: number | undefined;
}

const clipping = ["clipNorm", "clipValue"] as const;

/**
 * Returns stochastic gradient descent with momentum: `v ← momentum·v + g`, `w ← w − learningRate·v`, as in PyTorch; with
 * `nesterov`, `w ← w − learningRate·(g + momentum·v)`.
 *
 * Keras keeps `learningRate·v` in place of `v`: the same, unless the learning rate changes.
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
  onlyOptions(action, options, ["learningRate", "momentum", "nesterov", ...clipping]);
  const { learningRate = 0.01, momentum = 0, nesterov = false } = options;
  return new Optimizer({
    kind: "sgd",
    settings: [Number(boolean(action, "nesterov", nesterov))],
    learningRate: rate(action, learningRate),
    momentum: checkMomentum(action, momentum),
    clipping: checkClipping(action, options),
  });
}

/**
 * Returns Adam (Kingma & Ba 2015) with bias-corrected moments: `w ← w − learningRate·m̂ / (√v̂ + epsilon)`, as in PyTorch.
 *
 * Keras adds its `epsilon` to `√v`, before the correction.
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
  onlyOptions(action, options, ["learningRate", "beta1", "beta2", "epsilon", ...clipping]);
  return adamOptimizer(action, options, 0);
}

/**
 * Returns AdamW (Loshchilov & Hutter 2019): {@link adam}, after `w ← (1 − learningRate·weightDecay)·w` for every weight
 * and bias. As in PyTorch and Keras.
 *
 * @throws RangeError when a hyperparameter is out of range
 */
export function adamW(options: AdamWOptions = {}): Optimizer {
  const action = "make an adamW optimizer";
  onlyOptions(action, options, ["learningRate", "beta1", "beta2", "epsilon", "weightDecay", ...clipping]);
  return adamOptimizer(action, options, atLeast0(action, "weightDecay", options.weightDecay ?? 0.004));
}

function adamOptimizer(action: string, options: AdamOptions, weightDecay: number): Optimizer {
  const { learningRate = 0.001, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7 } = options;
  return new Optimizer({
    kind: "adam",
    settings: [
      decay(action, "beta1", beta1),
      decay(action, "beta2", beta2),
      positive(action, "epsilon", epsilon),
      weightDecay,
    ],
    learningRate: rate(action, learningRate),
    clipping: checkClipping(action, options),
  });
}

/**
 * Returns RMSProp (Tieleman & Hinton 2012): `s ← rho·s + (1 − rho)·g²`, `v ← momentum·v + g / (√s + epsilon)`,
 * `w ← w − learningRate·v`, as in PyTorch; `centered` has `√(s − a²)` in place of `√s`, `a` being the mean gradient.
 *
 * Keras has `√(s + epsilon)`, and keeps `learningRate·v` in place of `v`.
 *
 * @throws RangeError when a hyperparameter is out of range
 */
export function rmsprop(options: RmspropOptions = {}): Optimizer {
  const action = "make an rmsprop optimizer";
  const known = ["learningRate", "rho", "momentum", "epsilon", "centered", ...clipping];
  onlyOptions(action, options, known);
  const { learningRate = 0.001, rho = 0.9, momentum = 0, epsilon = 1e-7, centered = false } = options;
  return new Optimizer({
    kind: "rmsprop",
    settings: [
      decay(action, "rho", rho),
      positive(action, "epsilon", epsilon),
      Number(boolean(action, "centered", centered)),
    ],
    learningRate: rate(action, learningRate),
    momentum: checkMomentum(action, momentum),
    clipping: checkClipping(action, options),
  });
}

/**
 * Returns Adagrad (Duchi, Hazan & Singer 2011): `s ← s + g²`, `w ← w − learningRate·g / (√s + epsilon)`, as in PyTorch.
 *
 * Keras has `√(s + epsilon)`.
 *
 * @throws RangeError when a hyperparameter is out of range
 */
export function adagrad(options: AdagradOptions = {}): Optimizer {
  const action = "make an adagrad optimizer";
  onlyOptions(action, options, ["learningRate", "initialAccumulatorValue", "epsilon", ...clipping]);
  const { learningRate = 0.001, initialAccumulatorValue = 0.1, epsilon = 1e-7 } = options;
  return new Optimizer({
    kind: "adagrad",
    settings: [
      atLeast0(action, "initialAccumulatorValue", initialAccumulatorValue),
      positive(action, "epsilon", epsilon),
    ],
    learningRate: rate(action, learningRate),
    clipping: checkClipping(action, options),
  });
}

/** Returns the optimizer that was given; default `adam()`. */
export function checkOptimizer(action: string, optimizer: unknown): Optimizer {
  if (optimizer === undefined) return adam();
  if (optimizer instanceof Optimizer) return optimizer;
  throw new TypeError(
    `Cannot ${action}: optimizer is ${printed(optimizer)}, what adam() or sgd() returned is wanted`,
  );
}

function rate(action: string, value: number | Schedule): number | Schedule {
  checkSchedule(action, "learningRate", value, learningRates);
  return value;
}

function checkMomentum(action: string, value: number | Schedule): number | Schedule {
  checkSchedule(action, "momentum", value, momenta);
  return value;
}

function checkClipping(action: string, { clipNorm, clipValue }: ClippingOptions): Clipping {
  if (clipNorm !== undefined && clipValue !== undefined) {
    throw new RangeError(
      `Cannot ${action}: clipNorm is ${clipNorm} and clipValue is ${clipValue}; one of them is wanted`,
    );
  }
  if (clipNorm !== undefined) return { by: "norm", limit: positive(action, "clipNorm", clipNorm) };
  if (clipValue !== undefined) return { by: "value", limit: positive(action, "clipValue", clipValue) };
  return { by: "none", limit: 0 };
}

function decay(action: string, name: string, value: unknown): number {
  return finite(action, name, value, "in [0, 1)", (number) => number >= 0 && number < 1);
}

function atLeast0(action: string, name: string, value: unknown): number {
  return finite(action, name, value, "of at least 0", (number) => number >= 0);
}
