/// <reference lib="esnext.disposable" preserve="true" />
import { boolean, onlyOptions } from "../argument.js";
import { DisposedError } from "../errors.js";
import { type LongCallOptions, Schedule } from "../schedule.js";
import type { Tensor, TensorLike } from "../tensor.js";
import type { GpProcess } from "../wasm/boundary.js";
import { Handle } from "../wasm/handle.js";
import type { Kernel } from "./kernel.js";
import { toPoints } from "./points.js";
import { drawFrom, type GpSampleOptions, sampleOptions } from "./sample.js";
import { runStages } from "./stages.js";

/** The options of `predict()` of a Gaussian process; progress counts rows, and rows of the covariance. */
export interface GpPredictOptions extends LongCallOptions {
  /** Whether covariances between all rows are returned too, `rows²` numbers; default false. */
  readonly covariance?: boolean | undefined;
}

/** The posterior of a Gaussian process at `rows` points, in float64. */
export interface GpPrediction {
  /** `E f(x)`, `[rows]`, or `[rows, outputs]` where the targets had two axes. */
  readonly mean: Tensor<Float64Array>;
  /** `Var f(x)`, `[rows]`; the same for every output. */
  readonly variance: Tensor<Float64Array>;
  /** Of a new observation: `variance + noise`, `[rows]`. */
  readonly predictiveVariance: Tensor<Float64Array>;
  /** `Cov(f(x), f(x'))`, `[rows, rows]`, with the option `covariance`. */
  readonly covariance?: Tensor<Float64Array>;
}

/** What is known of a fit. */
export interface GpInfo {
  readonly rows: number;
  readonly inputs: number;
  readonly outputs: number;
  /** Evaluations of the marginal likelihood, and how the search ended, where parameters were searched for. */
  readonly search?: { readonly evaluations: number; readonly end: "converged" | "stuck" | "iterations" };
}

/** What a process is made of. */
export interface ProcessParts {
  readonly handle: Handle<GpProcess>;
  readonly kernel: Kernel;
  readonly noise: number;
  readonly jitter: number;
  readonly info: GpInfo;
  /** Whether the targets had two axes. */
  readonly columns: boolean;
}

/**
 * A Gaussian process given observations: what `gp.fit()` returns. Its factor, `rows²` numbers, lives in WebAssembly memory until
 * `dispose()`.
 */
export class GaussianProcess {
  /** The kernel, with the parameters that were found where they were searched for. */
  readonly kernel: Kernel;
  /** Variance of the noise of the observations. */
  readonly noise: number;
  /** What was added to the diagonal for the sake of numerics. */
  readonly jitter: number;
  readonly info: GpInfo;
  /**
   * `log p(y)` in nats, summed over the outputs: `−½ yᵀ A⁻¹ y − ½ log det A − (rows/2) log 2π` with `A = K + (noise + jitter)·I`.
   */
  readonly logMarginalLikelihood: number;
  /**
   * The condition number of `A`, the ratio of its extreme eigenvalues, estimated from below, seldom by more than a factor of 2. Of the
   * 16 digits of a number about `log10` of it are lost: above 1e12 predictions deserve no trust, and more noise or jitter is wanted.
   * `Infinity` where it is beyond the range of float64.
   */
  readonly conditionNumber: number;
  readonly #parts: ProcessParts;

  /** @internal */
  constructor(parts: ProcessParts) {
    const { handle, kernel, noise, jitter, info } = parts;
    this.#parts = parts;
    this.kernel = kernel;
    this.noise = noise;
    this.jitter = jitter;
    this.info = info;
    const inside = handle.get("read a Gaussian process");
    this.logMarginalLikelihood = handle.instance.run(() => inside.logMarginalLikelihood);
    this.conditionNumber = handle.instance.run(() => inside.conditionNumber);
  }

  /**
   * Resolves to the posterior at `x [rows, inputs]` (Rasmussen & Williams 2006, algorithm 2.1).
   *
   * Cost `O(rows · n²)` for `n` observations, and `O(rows² · n)` more with `covariance`. A variance that rounding leaves below 0 by
   * no more than `n·2⁻⁵²·√conditionNumber` of the prior variance is 0.
   *
   * @throws ShapeError when `x` is not `[rows, inputs]`
   * @throws RangeError when a variance is below 0 by more: the kernel matrix is too ill-conditioned; when a covariance or mean is not finite
   * @throws AbortError (a DOMException) when `signal` is aborted
   */
  async predict(x: TensorLike, options: GpPredictOptions = {}): Promise<GpPrediction> {
    return this.#predict("predict by a Gaussian process", x, options);
  }

  async #predict(action: string, x: TensorLike, options: GpPredictOptions): Promise<GpPrediction> {
    onlyOptions(action, options, ["covariance", "signal", "onProgress"]);
    const full = boolean(action, "covariance", options.covariance ?? false);
    const process = this.#inside(action);
    const { inputs, outputs } = this.info;
    const points = toPoints(action, "x", x, inputs);
    const { instance } = this.#parts.handle;
    const schedule = new Schedule(action, (full ? 2 : 1) * points.rows, options);
    const prediction = new Handle(
      instance,
      instance.run((boundary) => new boundary.GpPrediction(action, process, points.data, full)),
    );
    try {
      const work = prediction.get(action);
      await runStages(instance, schedule, work, points.rows);
      const [mean, variance] = instance.run(() => [work.mean(), work.variance()]);
      const shape = [points.rows];
      const result = {
        mean: { data: mean, shape: this.#parts.columns ? [points.rows, outputs] : shape },
        variance: { data: variance, shape },
        predictiveVariance: { data: variance.map((value) => value + this.noise), shape: [...shape] },
      };
      await schedule.finish();
      if (!full) return result;
      const covariance = { data: instance.run(() => work.covariance()), shape: [points.rows, points.rows] };
      return { ...result, covariance };
    } finally {
      prediction.dispose();
    }
  }

  /**
   * Resolves to functions drawn from the posterior, at `x`: `[samples, rows]`, or `[samples, rows, outputs]` where the targets had two
   * axes.
   *
   * No jitter is needed: the covariance is factored with pivots to its numerical rank. A draw depends on the seed, its number and `x`.
   *
   * Cost `O(rows · n² + rows² · n + rows²·rank)`, and `O(rows · rank)` a sample.
   */
  async sample(x: TensorLike, options: GpSampleOptions = {}): Promise<Tensor<Float64Array>> {
    const action = "sample a Gaussian process";
    const { samples, seed } = sampleOptions(action, options);
    const { signal } = options;
    const { mean, covariance } = await this.#predict(action, x, { covariance: true, signal });
    const { outputs } = this.info;
    const { data } = covariance as Tensor<Float64Array>;
    const { instance } = this.#parts.handle;
    const drawn = await drawFrom(
      action,
      instance,
      { mean: mean.data, covariance: data, outputs, samples, seed },
      options,
    );
    return { data: drawn, shape: [samples, ...mean.shape] };
  }

  /** Frees the memory; a second call does nothing. Every method throws DisposedError afterwards. */
  dispose(): void {
    this.#parts.handle.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #inside(action: string): GpProcess {
    if (!this.#parts.handle.disposed) return this.#parts.handle.get(action);
    throw new DisposedError(`Cannot ${action}: the process was disposed; fit it again`);
  }
}
