/// <reference lib="esnext.disposable" preserve="true" />
import type { Architecture } from "./architecture.js";
import { type FitBatches, isBatches } from "./batches.js";
import { type Elbo, type ElboOptions, elbo } from "./bayes/elbo.js";
import {
  type CovarianceOptions,
  type PredictiveCovariance,
  predictiveCovariance,
} from "./bayes/predictiveCovariance.js";
import {
  type LogLikelihoodOptions,
  type PredictiveLogLikelihood,
  predictiveLogLikelihood,
} from "./bayes/predictiveLogLikelihood.js";
import { type CrossCheckOptions, crossCheck } from "./crossCheck.js";
import type { CrossCheck } from "./crossCheckResult.js";
import { type EvaluateOptions, type Evaluation, evaluate } from "./evaluate.js";
import { type ExactOptions, exact } from "./exact.js";
import type { ExactPlan, ExactTarget } from "./exactPlan.js";
import type { ExactResult } from "./exactResult.js";
import { type ExpectedGradient, type ExpectedGradientOptions, expectedGradient } from "./expectedGradient.js";
import { explainExact } from "./explainExact.js";
import { type FitBatchesOptions, type FitOptions, fitBatches, fit as fitNetwork } from "./fit.js";
import type { History } from "./history.js";
import type { InputBatches } from "./inputBatches.js";
import { type LayerInfo, layerInfos } from "./layerInfo.js";
import type { MCResult } from "./mcResult.js";
import type { Metric } from "./metric.js";
import { type PredictMCOptions, predictMC } from "./monteCarlo.js";
import { predictMCBatches } from "./monteCarloBatches.js";
import { Network } from "./network.js";
import { save } from "./persist.js";
import { type PredictOptions, predict } from "./predict.js";
import type { LayerReference, LayerReferences } from "./selection.js";
import { summarize } from "./summary.js";
import type { Tensor, TensorLike } from "./tensor.js";
import { homeInstance } from "./variant.js";
import { getWeights, setWeights } from "./weights.js";

/**
 * The option `layer` for one layer: the result is that of the layer. A `string` that is not known before the program runs is no such
 * option, since it may be `"all"`: what it gives is either.
 */
export interface OneLayer<Layer extends LayerReference = number> {
  readonly layer?: ("all" extends Layer ? never : Layer) | undefined;
}

/** The option `layer` for several: the result is a record by name. */
export interface SeveralLayers {
  readonly layer: LayerReferences;
}

/**
 * A dropout network: what `sequential()`, `graph()` and `load()` return.
 *
 * Its weights live in WebAssembly memory until `dispose()`; everything that its methods return is plain data which
 * the caller owns. Every method throws DisposedError after `dispose()`, RangeError or TypeError (in asynchronous
 * methods: rejects) for an option that is out of range, ShapeError for data of another shape.
 *
 * A long call computes with the weights and the data as they are when it is made: both may be changed while it is under
 * way. When the model is disposed meanwhile, it rejects with DisposedError.
 */
export class Model {
  /** The layers in topological order; the input is none of them. */
  readonly layers: readonly LayerInfo[];
  readonly #network: Network;
  #fitting = false;

  /** @internal */
  constructor(architecture: Architecture, weights?: readonly Float32Array[]) {
    this.#network = new Network(architecture, homeInstance());
    if (weights !== undefined) this.#network.setWeights("load", weights);
    this.layers = Object.freeze(layerInfos(this.#network));
  }

  /** Returns a table of the layers with output shapes, parameters and gates, and the number of subnetworks. */
  summary(): string {
    this.#network.atHome("print a summary");
    return summarize(this.layers);
  }

  /**
   * Returns copies of the weights, shared ones once: `kernel [inputs, units]` and `bias [units]` per dense layer, `kernel [height,
   * width, channels, filters]` and `bias [filters]` per convolution, scale, shift and moving statistics per normalisation.
   */
  getWeights(): Tensor[] {
    return getWeights(this.#network);
  }

  /**
   * Sets all weights, in the order of `getWeights()`; when one is refused, none is changed.
   *
   * @throws RangeError when a value is NaN, infinite or too large for float32, or the number of tensors is another
   * @throws ShapeError when a tensor has another shape
   */
  setWeights(weights: readonly TensorLike[]): void {
    setWeights(this.#network, weights);
  }

  /**
   * Trains with dropout and resolves to the losses of every epoch.
   *
   * Shapes: `x [batch, inputs]`; `y [batch, outputs]`, or `[batch]` for labels of classes or a single output. Masks are a
   * function of the seed, the step and the place of a row in its batch; order and masks repeat with the seed.
   *
   * In place of rows in memory it takes batches as they come: an iterable of `[x, y]`, synchronous or not, or a function
   * that returns one for each epoch.
   *
   * An aborted fit leaves the model usable, with the weights so far. A loss that is not finite ends the fit, and the
   * weights of the last good epoch stay. With `checkpoint` and `resume` a fit that was killed goes on, bit by bit.
   *
   * The gradient of a batch of 128 rows or more is that of two to eight parts, added along a fixed tree; no other cut
   * changes a bit. On simd128 the same seed gives the same bits on every host.
   *
   * @throws AbortError (a DOMException) when `signal` is aborted
   * @throws RangeError when a target is out of range for the loss, the loss becomes NaN, or batches end early
   *
   * @example
   * ```ts
   * import assert from "node:assert";
   * import { adam, dense, dropout, sequential } from "thinned";
   *
   * const x = Array.from({ length: 64 }, (_, i) => [Math.cos(i), Math.sin(i)]);
   * const y = x.map(([a = 0, b = 0]) => Number(a * b > 0));
   * const model = sequential(
   *   [dense(16, { activation: "relu" }), dropout(0.1), dense(2, { activation: "softmax" })],
   *   { inputShape: [2], seed: 1 },
   * );
   * const { history } = await model.fit(x, y, {
   *   loss: "sparseCategoricalCrossentropy",
   *   optimizer: adam({ learningRate: 0.01 }),
   *   epochs: 50,
   *   batchSize: 16,
   * });
   * assert.ok((history.loss.at(-1) ?? 9) < (history.loss[0] ?? 0));
   * ```
   */
  async fit(x: TensorLike, y: TensorLike, options: FitOptions): Promise<History>;
  async fit(batches: FitBatches, options: FitBatchesOptions): Promise<History>;
  async fit(
    ...args: [TensorLike, TensorLike, FitOptions] | [FitBatches, FitBatchesOptions]
  ): Promise<History> {
    if (this.#fitting) throw new Error("Cannot fit: another fit of this model is running; await it first");
    this.#fitting = true;
    try {
      if (args.length === 2 && isBatches(args[0])) return await fitBatches(this.#network, args[0], args[1]);
      const [x, y, options] = args as [TensorLike, TensorLike, FitOptions];
      return await fitNetwork(this.#network, x, y, options);
    } finally {
      this.#fitting = false;
    }
  }

  /**
   * Resolves to the mean loss of the weight-scaled network over the rows, and the metrics that were asked for.
   *
   * @example
   * ```ts
   * import assert from "node:assert";
   * import { dense, sequential } from "thinned";
   *
   * const model = sequential([dense(1)], { inputShape: [2], seed: 1 });
   * model.setWeights([[[1], [1]], [0]]);
   * const { loss } = await model.evaluate([[1, 2], [3, 4]], [3, 8], { loss: "meanSquaredError" });
   * assert.equal(loss, 0.5);
   * ```
   */
  async evaluate<const Metrics extends readonly Metric[] = readonly []>(
    x: TensorLike,
    y: TensorLike,
    options: EvaluateOptions<Metrics>,
  ): Promise<Evaluation<Metrics>> {
    return evaluate(this.#network, x, y, options);
  }

  /**
   * Returns the outputs of the weight-scaled network, the deterministic approximation of the ensemble mean.
   *
   * Shapes: `x [batch, inputs]` → `[batch, outputs]`, float32. On simd128, the default, the bits are the same on every host.
   *
   * With `layer` the activities of that layer before its own gates, `[batch, ...layer shape]`; of several, a record by name.
   *
   * @throws RangeError when an input is NaN, infinite or too large for float32, or a layer does not exist
   *
   * @example
   * ```ts
   * import assert from "node:assert";
   * import { dense, sequential } from "thinned";
   *
   * const model = sequential([dense(3, { activation: "tanh", name: "features" }), dense(1)], { inputShape: [2], seed: 1 });
   * assert.deepEqual(model.predict([[1, 2]], { layer: "features" }).shape, [1, 3]);
   * ```
   */
  predict(x: TensorLike, options: PredictOptions & SeveralLayers): Record<string, Tensor>;
  predict<const Layer extends LayerReference>(
    x: TensorLike,
    options?: PredictOptions & OneLayer<Layer>,
  ): Tensor;
  predict(x: TensorLike, options: PredictOptions): Tensor | Record<string, Tensor>;
  predict(x: TensorLike, options: PredictOptions = {}): Tensor | Record<string, Tensor> {
    return predict(this.#network, x, options);
  }

  /**
   * Resolves to mean, variance and uncertainty over `samples` sampled subnetworks (MC dropout, Gal & Ghahramani 2016).
   *
   * Shapes: `x [batch, inputs]` → statistics `[batch, ...layer shape]`, of the activities before the gates of the layer itself.
   * A mask is a function of the seed, the sample and, with independent masks, the row: neither batch size nor chunks
   * change a bit, and sample 3 of 10 is sample 3 of 10,000. Cost: `O(samples)` passes of the part behind the first gate.
   *
   * @throws AbortError (a DOMException) when `signal` is aborted
   *
   * @example
   * ```ts
   * import assert from "node:assert";
   * import { dense, dropout, sequential } from "thinned";
   *
   * const model = sequential([dropout(0.5), dense(1, { useBias: false })], { inputShape: [2], seed: 1 });
   * model.setWeights([[[1], [2]]]);
   * const { mean, variance } = await model.predictMC([[1, 1]], { samples: 4000, seed: 7 });
   * assert.ok(Math.abs((mean.data[0] ?? 0) - 3) < 0.2); // E = 1 + 2
   * assert.ok(Math.abs((variance.data[0] ?? 0) - 5) < 0.5); // V = 1² + 2²
   * ```
   */
  async predictMC(
    x: TensorLike,
    options: PredictMCOptions & SeveralLayers,
  ): Promise<Record<string, MCResult>>;
  async predictMC<const Layer extends LayerReference>(
    x: TensorLike,
    options?: PredictMCOptions & OneLayer<Layer>,
  ): Promise<MCResult>;
  async predictMC(x: TensorLike, options: PredictMCOptions): Promise<MCResult | Record<string, MCResult>>;
  async predictMC(
    x: TensorLike,
    options: PredictMCOptions = {},
  ): Promise<MCResult | Record<string, MCResult>> {
    return predictMC(this.#network, x, options);
  }

  /**
   * Yields what `predictMC()` resolves to for each batch, in order, for inputs that do not fit memory.
   *
   * `batches` is an iterable, asynchronous or not, of inputs `[batch, inputs]`. Rows are numbered on from batch to batch, so that the
   * results side by side have the bits of one call on all rows; all are of the weights at the start. A batch is asked for when
   * there is room for it: one is under way at a time, with a pool as many as it has threads. Leaving the loop ends what is
   * under way and the source; an error of the source comes after the results of what it gave before; an aborted call waits for no
   * source. Progress counts the batches so far.
   *
   * @throws AbortError (a DOMException) when `signal` is aborted
   *
   * @example
   * ```ts
   * import assert from "node:assert";
   * import { dense, dropout, sequential } from "thinned";
   *
   * const model = sequential([dropout(0.5), dense(1)], { inputShape: [2], seed: 1 });
   * async function* rows() {
   *   yield [[1, 2], [3, 4]];
   *   yield [[5, 6]];
   * }
   * const means: number[] = [];
   * for await (const { mean } of model.predictMCBatches(rows(), { samples: 50 })) means.push(...mean.data);
   * assert.deepEqual(means, [...(await model.predictMC([[1, 2], [3, 4], [5, 6]], { samples: 50 })).mean.data]);
   * ```
   */
  predictMCBatches(
    batches: InputBatches,
    options: PredictMCOptions & SeveralLayers,
  ): AsyncGenerator<Record<string, MCResult>, void, undefined>;
  predictMCBatches<const Layer extends LayerReference>(
    batches: InputBatches,
    options?: PredictMCOptions & OneLayer<Layer>,
  ): AsyncGenerator<MCResult, void, undefined>;
  predictMCBatches(
    batches: InputBatches,
    options: PredictMCOptions,
  ): AsyncGenerator<MCResult | Record<string, MCResult>, void, undefined>;
  predictMCBatches(
    batches: InputBatches,
    options: PredictMCOptions = {},
  ): AsyncGenerator<MCResult | Record<string, MCResult>, void, undefined> {
    return predictMCBatches(this.#network, batches, options);
  }

  /**
   * Resolves to the log-likelihood of observations under the mixture of sampled subnetworks, in nats with all constants (Gal &
   * Ghahramani 2016, eq. 8): `log p(y) ≈ logsumexp_t log p(y | ŷ_t) − log samples`, for a normal likelihood `logsumexp_t(−½τ‖y − ŷ_t‖²) − log
   * samples − ½D log 2π + ½D log τ`.
   *
   * Samples are scored as they are drawn: memory does not depend on how many there are. Shapes: `x [batch, inputs]`, `y` as in `fit()`.
   * The workers of a `pool` score some rows each, to the same bits as without.
   * Targets that were standardised have another density: in the units of before it is `log deviation` less for every output.
   *
   * @throws RangeError when tau is missing or out of range, the loss is no likelihood, or a density is beyond the range of float64
   * @throws AbortError (a DOMException) when `signal` is aborted
   *
   * @example
   * ```ts
   * import assert from "node:assert";
   * import { dense, sequential } from "thinned";
   *
   * const model = sequential([dense(1)], { inputShape: [1], seed: 1 });
   * model.setWeights([[[1]], [0]]);
   * const { mean } = await model.predictiveLogLikelihood([[1]], [1.5], { tau: 4, samples: 10 });
   * assert.ok(Math.abs(mean - (-0.5 * 4 * 0.25 - 0.5 * Math.log(2 * Math.PI) + 0.5 * Math.log(4))) < 1e-12);
   * ```
   */
  async predictiveLogLikelihood(
    x: TensorLike,
    y: TensorLike,
    options: LogLikelihoodOptions,
  ): Promise<PredictiveLogLikelihood> {
    return predictiveLogLikelihood(this.#network, x, y, options);
  }

  /**
   * Resolves to means of the outputs and covariances between all of them, across rows: each sample is one subnetwork for the whole
   * batch, so one function drawn from the approximate posterior (Gal & Ghahramani 2016).
   *
   * Shapes: `x [batch, inputs]` → `covariance [batch, ...outputs, batch, ...outputs]`, in float64. Memory is that and 64 samples; cost
   * `O(samples · (batch · outputs)²)` beside the sampling, all in the calling thread.
   *
   * @throws AbortError (a DOMException) when `signal` is aborted
   *
   * @example
   * ```ts
   * import assert from "node:assert";
   * import { dense, dropout, sequential } from "thinned";
   *
   * const model = sequential([dropout(0.5), dense(1, { useBias: false })], { inputShape: [1], seed: 1 });
   * model.setWeights([[[1]]]); // f(x) is 0 or 2x: rows go together
   * const { covariance } = await model.predictiveCovariance([[1], [-1]], { samples: 1000 });
   * assert.equal(covariance.data[1], -(covariance.data[0] ?? 0));
   * ```
   */
  async predictiveCovariance(x: TensorLike, options: CovarianceOptions = {}): Promise<PredictiveCovariance> {
    return predictiveCovariance(this.#network, x, options);
  }

  /**
   * Resolves to the evidence lower bound of the network as an approximate posterior, `E_q log p(Y | X, ω) − KL(q ‖ prior)`, with its terms (Gal
   * & Ghahramani 2016): what `fit()` with the same `prior` maximises. `x` and `y` are all training rows.
   *
   * The weights behind gates are `M·diag(z)`, `z` Bernoulli. `sigma` gives their components a width in the divergence, which is exact then;
   * the expected likelihood is that of no width. It is computed in the calling thread.
   *
   * @throws RangeError when gates and weights are not of that form: Gaussian, alpha or concrete dropout, gates behind a pool; when the
   * loss is no likelihood; `tau` is missing or out of range; or a term is beyond the range of float64
   * @throws AbortError (a DOMException) when `signal` is aborted
   *
   * @example
   * ```ts
   * import assert from "node:assert";
   * import { dense, dropout, sequential } from "thinned";
   *
   * const model = sequential([dropout(0.5, { scaling: "standard" }), dense(1, { useBias: false })], { inputShape: [1], seed: 1 });
   * model.setWeights([[[3]]]);
   * const { quadratic, entropy } = await model.elbo([[1]], [1], { prior: { lengthScale: 2, tau: 1 } });
   * assert.equal(quadratic, ((2 ** 2) / 2) * 0.5 * 3 ** 2); // (l²/2)·p·‖m‖²
   * assert.ok(Math.abs(entropy - Math.log(2)) < 1e-12);
   * ```
   */
  async elbo(x: TensorLike, y: TensorLike, options: ElboOptions): Promise<Elbo> {
    return elbo(this.#network, x, y, options);
  }

  /**
   * Resolves to the exact mean, variance and geometric means over all `2^n` subnetworks of the gates upstream.
   *
   * Shapes: `x [batch, inputs]` → `[batch, ...layer shape]`, or `[batch, 1]` with `unit`. Computed in float64 from the
   * float32 weights; `errorBound` says how far values can be off. Cost: `explainExact()` tells it, with the same `moments` and `conditional`.
   *
   * @throws BudgetError before any work, when it needs more evaluations than `budget`
   * @throws RangeError before any work, when there is no such layer or unit; when the method, `moments` or `conditional` does not apply; when
   * the layer depends on Gaussian, alpha or concrete dropout, whose noise makes no subnetworks; when more than 62 gates are to be
   * enumerated; when `checkpoint` is of another request
   * @throws RangeError on the way, when a power of an activity or an error bound is beyond the range of float64, or when a
   * pre-activation of a unit that is integrated may go beyond 400,000
   * @throws FormatError when `checkpoint.read()` gives bytes that are damaged, or no checkpoint of this version
   * @throws AbortError (a DOMException) when `signal` is aborted
   *
   * @example
   * ```ts
   * import assert from "node:assert";
   * import { dense, dropout, sequential } from "thinned";
   *
   * const model = sequential([dropout(0.5), dense(1, { useBias: false })], { inputShape: [2], seed: 1 });
   * model.setWeights([[[1], [2]]]);
   * const { mean, variance, subnetworks } = await model.exact([[1, 1]]);
   * assert.equal(subnetworks, 4n);
   * assert.ok(Math.abs((mean.data[0] ?? 0) - 3) < 1e-12);
   * assert.ok(Math.abs((variance.data[0] ?? 0) - 5) < 1e-12);
   *
   * // What it is on the average when a gate is known to be open: 2·1 + 2 and 1 + 2·2.
   * const { conditionalMean } = await model.exact([[1, 1]], { conditional: true });
   * assert.deepEqual(Array.from(conditionalMean?.data ?? []), [4, 5]);
   * ```
   */
  async exact(x: TensorLike, options: ExactOptions & SeveralLayers): Promise<Record<string, ExactResult>>;
  async exact<const Layer extends LayerReference>(
    x: TensorLike,
    options?: ExactOptions & OneLayer<Layer>,
  ): Promise<ExactResult>;
  async exact(x: TensorLike, options: ExactOptions): Promise<ExactResult | Record<string, ExactResult>>;
  async exact(x: TensorLike, options: ExactOptions = {}): Promise<ExactResult | Record<string, ExactResult>> {
    return exact(this.#network, x, options);
  }

  /**
   * Resolves to the gradient that dropout training has in the mean, over all subnetworks, of a model with one layer: a dense layer
   * over the input, behind at most one dropout of inputs or connections.
   *
   * Shapes: `x [batch, inputs]`, `t [batch, units]` → `kernel [inputs, units]`, `bias [units]`, means over the rows; beside them those of
   * the weight-scaled network and the adaptive weight decay (Baldi & Sadowski 2013, §5). Float64 from the float32 weights, without
   * the penalties of the layer. Methods and cost are those of `dynamics.expectedGradient()`, for each unit and row.
   *
   * @throws RangeError when the model has more than one layer or softmax units, or the loss or the method does not apply
   * @throws AbortError (a DOMException) when `signal` is aborted
   *
   * @example
   * ```ts
   * import assert from "node:assert";
   * import { dense, dropout, sequential } from "thinned";
   *
   * const model = sequential([dropout(0.5), dense(1, { useBias: false })], { inputShape: [2], seed: 1 });
   * model.setWeights([[[1], [2]]]);
   * const { kernel, ensemble, weightDecay } = await model.expectedGradient([[1, 1]], [5]);
   * assert.deepEqual([...ensemble.kernel.data], [-2, -2]); // −(t − O), O = 1 + 2
   * assert.deepEqual([...weightDecay.kernel.data], [1, 2]); // w (1 − p)/p with inverted scaling
   * assert.deepEqual([...kernel.data], [-1, 0]);
   * ```
   */
  async expectedGradient(
    x: TensorLike,
    t: TensorLike,
    options: ExpectedGradientOptions = {},
  ): Promise<ExpectedGradient> {
    return expectedGradient(this.#network, x, t, options);
  }

  /**
   * Resolves to exact and sampled statistics side by side, with the z-score of every sampled mean and variance.
   *
   * `agrees` is false for a right sampler with a probability of at most `alpha`, whatever the network: each score has a limit by
   * Bennett's inequality (1962) with the exact moments and the range of its unit, shared over all comparisons. Cost: that of
   * `exact()` and of `predictMC()`.
   *
   * @throws BudgetError before any work, when the exact part needs more evaluations than `budget`; it needs the fourth moment too, so that
   * other methods may be taken than by `exact()`
   * @throws RangeError when there is no such layer or unit, the layer depends on Gaussian, alpha or concrete dropout, or what is computed
   * exactly is beyond the range of float64 or of an integral, as in `exact()`
   * @throws AbortError (a DOMException) when `signal` is aborted
   *
   * @example
   * ```ts
   * import assert from "node:assert";
   * import { dense, dropout, sequential } from "thinned";
   *
   * const model = sequential([dropout(0.5), dense(3, { activation: "sigmoid" })], { inputShape: [4], seed: 1 });
   * const check = await model.crossCheck([[1, -2, 3, -4]], { samples: 2000, seed: 3 });
   * assert.ok(check.agrees);
   * ```
   */
  async crossCheck(
    x: TensorLike,
    options: CrossCheckOptions & SeveralLayers,
  ): Promise<Record<string, CrossCheck>>;
  async crossCheck<const Layer extends LayerReference>(
    x: TensorLike,
    options?: CrossCheckOptions & OneLayer<Layer>,
  ): Promise<CrossCheck>;
  async crossCheck(
    x: TensorLike,
    options: CrossCheckOptions,
  ): Promise<CrossCheck | Record<string, CrossCheck>>;
  async crossCheck(
    x: TensorLike,
    options: CrossCheckOptions = {},
  ): Promise<CrossCheck | Record<string, CrossCheck>> {
    return crossCheck(this.#network, x, options);
  }

  /**
   * Returns what `exact()` would do and cost, without doing it: by which method, at how many evaluations and seconds for each row. What
   * `moments: "full"` and `conditional` add to that stands beside it when they are asked for. Of several layers, those that come from the
   * walk of another name it in `walkOf`.
   *
   * @throws RangeError when the method, `moments` or `conditional` does not apply, the layer depends on Gaussian, alpha or concrete
   * dropout, or there is no such layer or unit
   *
   * @example
   * ```ts
   * import assert from "node:assert";
   * import { dense, dropout, sequential } from "thinned";
   *
   * const model = sequential([dropout(0.5), dense(3, { activation: "relu" })], { inputShape: [40], seed: 1 });
   * assert.equal(model.explainExact({ method: "reference" }).subnetworks, 2n ** 40n);
   *
   * // Each unit by itself is a matter of two sorted halves; how they vary together is one of every subnetwork.
   * const { method, moments } = model.explainExact({ moments: "full" });
   * assert.equal(method, "halves");
   * assert.equal(moments?.evaluationsPerRow, 2 ** 40);
   * ```
   */
  explainExact(options: ExactTarget & SeveralLayers): Record<string, ExactPlan>;
  explainExact<const Layer extends LayerReference>(options?: ExactTarget & OneLayer<Layer>): ExactPlan;
  explainExact(options: ExactTarget): ExactPlan | Record<string, ExactPlan>;
  explainExact(options: ExactTarget = {}): ExactPlan | Record<string, ExactPlan> {
    return explainExact(this.#network, options);
  }

  /** Returns the model as a file: safetensors, the architecture in its metadata. `load()` reads it. */
  save(): Uint8Array<ArrayBuffer> {
    return save(this.#network);
  }

  /** Frees the memory of the model at once; a second call does nothing. */
  dispose(): void {
    this.#network.dispose();
  }

  /** The same as `dispose()`, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}
