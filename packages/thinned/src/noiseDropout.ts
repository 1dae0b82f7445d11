import { onlyOptions } from "./argument.js";
import { checkName, type LayerDefinition, type LayerOptions, PlainLayer } from "./layer.js";
import { checkRate } from "./rate.js";
import { Layer } from "./symbolic.js";
import { sizeOf } from "./tensor.js";
import type { NetworkBuilder } from "./wasm/boundary.js";

/**
 * Returns a Gaussian dropout (Srivastava et al. 2014, §10): each unit is multiplied by a normal number of mean 1 and variance
 * `rate / (1 − rate)`, that of inverted dropout. The deterministic pass leaves it as it is. It thins nothing: `exact()` refuses
 * what depends on it.
 *
 * Shapes: `[batch, ...shape]` → the same.
 *
 * @param rate - in `[0, 1)`
 * @throws RangeError when the rate is outside `[0, 1)` or NaN
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { dense, gaussianDropout, sequential } from "thinned";
 *
 * const model = sequential([gaussianDropout(0.2), dense(1, { useBias: false })], { inputShape: [1], seed: 1 });
 * model.setWeights([[[1]]]);
 * assert.deepEqual([...model.predict([[2]]).data], [2]);
 * const { variance } = await model.predictMC([[2]], { samples: 20_000 });
 * assert.ok(Math.abs((variance.data[0] ?? 0) / (2 ** 2 * 0.25) - 1) < 0.04);
 * await assert.rejects(model.exact([[2]]), /gaussianDropout_1/);
 * ```
 */
export function gaussianDropout(rate: number, options: LayerOptions = {}): Layer {
  const definition = new NoiseDropout("gaussianDropout", { ...options, rate });
  return new Layer(definition, checkName("make a gaussianDropout layer", options.name));
}

/**
 * Returns an alpha dropout (Klambauer et al. 2017), for networks of SELU units: what is dropped takes the value that SELU tends to,
 * `−1.7581`, and a factor and a shift bring mean 0 and variance 1 back. The deterministic pass leaves a unit as it is.
 * `exact()` refuses what depends on it.
 *
 * Shapes: `[batch, ...shape]` → the same.
 *
 * @param rate - probability of dropping, in `[0, 1)`
 * @throws RangeError when the rate is outside `[0, 1)` or NaN
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { alphaDropout, dense, sequential } from "thinned";
 *
 * const model = sequential([alphaDropout(0.5), dense(1, { useBias: false })], { inputShape: [1], seed: 1 });
 * model.setWeights([[[1]]]);
 * const { samples } = await model.predictMC([[2]], { samples: 50, keepSamples: true });
 * assert.equal(new Set(samples?.data).size, 2); // kept or dropped
 * await assert.rejects(model.exact([[2]]), /alphaDropout_1/);
 * ```
 */
export function alphaDropout(rate: number, options: LayerOptions = {}): Layer {
  const definition = new NoiseDropout("alphaDropout", { ...options, rate });
  return new Layer(definition, checkName("make an alphaDropout layer", options.name));
}

/** The settings of both, as a model file holds them. */
export interface NoiseDropoutConfig {
  readonly rate: number;
}

export class NoiseDropout extends PlainLayer implements LayerDefinition {
  readonly kind: "gaussianDropout" | "alphaDropout";
  readonly config: NoiseDropoutConfig;

  constructor(kind: "gaussianDropout" | "alphaDropout", options: LayerOptions & { readonly rate?: unknown }) {
    super();
    const action = `make ${kind === "alphaDropout" ? "an" : "a"} ${kind} layer`;
    onlyOptions(action, options, ["name", "rate"]);
    this.kind = kind;
    this.config = { rate: checkRate(action, "rate", options.rate) };
  }

  outputShape(_action: string, [source = []]: readonly (readonly number[])[]): number[] {
    return [...source];
  }

  override gates(source: readonly number[]): number {
    return sizeOf(source);
  }

  addTo(builder: NetworkBuilder, name: string, [source = 0]: Uint32Array): number {
    return builder[this.kind](name, source, this.config.rate);
  }
}
