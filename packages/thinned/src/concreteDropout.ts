import { finite, onlyOptions, positive } from "./argument.js";
import {
  checkName,
  type LayerDefinition,
  type LayerOptions,
  type ParameterShape,
  PlainLayer,
} from "./layer.js";
import { Layer } from "./symbolic.js";
import { sizeOf } from "./tensor.js";
import type { NetworkBuilder } from "./wasm/boundary.js";

/** The options of {@link concreteDropout}. */
export interface ConcreteDropoutOptions extends LayerOptions {
  /** The rate before training, in `(0, 1)`; default 0.1. */
  readonly initialRate?: number | undefined;
  /** How far a gate is from kept or dropped, above 0; default 0.1, as in the paper. */
  readonly temperature?: number | undefined;
  /** `l²/N` for a prior length-scale `l` and `N` training rows; default 1e-6. */
  readonly weightRegularizer?: number | undefined;
  /** `2/(τN)` for a noise precision `tau`; default 1e-5. */
  readonly dropoutRegularizer?: number | undefined;
}

/**
 * Returns a concrete dropout (Gal, Hron and Kendall 2017): a dropout whose rate is learned, by gates that are almost, but not
 * quite, kept or dropped, and so have a slope by the rate.
 *
 * Each unit is multiplied by `(1 − z) / (1 − rate)`, `z = σ((log(rate / (1 − rate)) + log(u / (1 − u))) / temperature)`. The
 * loss of training gets `weightRegularizer · Σ w² / (1 − rate)` over the kernels that read the layer, flattened or not, and
 * `dropoutRegularizer · units · (rate·log(rate) + (1 − rate)·log(1 − rate))`. The logit of the rate is the layer's one weight;
 * the weight decay of `adamW()` draws it to 0 like every other, a rate of ½. The deterministic pass leaves units as they
 * are; `exact()` refuses what depends on it.
 *
 * Shapes: `[batch, ...shape]` → the same; `logit [1]`.
 *
 * @throws RangeError when a number is out of range
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { concreteDropout, dense, sequential } from "thinned";
 *
 * const model = sequential([concreteDropout({ initialRate: 0.25 }), dense(1)], { inputShape: [4], seed: 1 });
 * const logit = model.getWeights()[0]?.data[0] ?? 0;
 * assert.ok(Math.abs(1 / (1 + Math.exp(-logit)) - 0.25) < 1e-6);
 * await model.fit([[1, 2, 3, 4]], [[1]], { loss: "meanSquaredError", epochs: 2 });
 * assert.notEqual(model.getWeights()[0]?.data[0], logit);
 * ```
 */
export function concreteDropout(options: ConcreteDropoutOptions = {}): Layer {
  const definition = new ConcreteDropout(options);
  return new Layer(definition, checkName("make a concreteDropout layer", options.name));
}

/** The settings of a concrete dropout, as a model file holds them. */
export interface ConcreteDropoutConfig {
  readonly initialRate: number;
  readonly temperature: number;
  readonly weightRegularizer: number;
  readonly dropoutRegularizer: number;
}

export class ConcreteDropout extends PlainLayer implements LayerDefinition {
  readonly kind = "concreteDropout";
  readonly config: ConcreteDropoutConfig;

  constructor(options: ConcreteDropoutOptions) {
    super();
    const action = "make a concreteDropout layer";
    onlyOptions(action, options, [
      ...["name", "initialRate", "temperature", "weightRegularizer", "dropoutRegularizer"],
    ]);
    const { initialRate = 0.1, temperature = 0.1 } = options;
    const { weightRegularizer = 1e-6, dropoutRegularizer = 1e-5 } = options;
    const factor = (name: string, value: unknown) =>
      finite(action, name, value, "of at least 0", (number) => number >= 0);
    this.config = {
      initialRate: finite(action, "initialRate", initialRate, "in (0, 1)", (rate) => rate > 0 && rate < 1),
      temperature: positive(action, "temperature", temperature),
      weightRegularizer: factor("weightRegularizer", weightRegularizer),
      dropoutRegularizer: factor("dropoutRegularizer", dropoutRegularizer),
    };
  }

  outputShape(_action: string, [source = []]: readonly (readonly number[])[]): number[] {
    return [...source];
  }

  override parameters(): ParameterShape[] {
    return [{ part: "logit", shape: [1] }];
  }

  override gates(source: readonly number[]): number {
    return sizeOf(source);
  }

  products(source: readonly number[]): number {
    return sizeOf(source);
  }

  addTo(
    builder: NetworkBuilder,
    name: string,
    [source = 0]: Uint32Array,
    sharedWith: number | undefined,
  ): number {
    const { initialRate, temperature, weightRegularizer, dropoutRegularizer } = this.config;
    return builder.concreteDropout(
      name,
      source,
      initialRate,
      temperature,
      weightRegularizer,
      dropoutRegularizer,
      sharedWith,
    );
  }
}
