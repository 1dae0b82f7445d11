import { finite, onlyOptions } from "./argument.js";
import { checkName, type LayerDefinition, type ParameterShape } from "./layer.js";
import {
  checkNormalization,
  Normalization,
  type NormalizationConfig,
  type NormalizationOptions,
} from "./normalization.js";
import { Layer } from "./symbolic.js";
import type { NetworkBuilder } from "./wasm/boundary.js";

/** The options of {@link batchNormalization}. */
export interface BatchNormalizationOptions extends NormalizationOptions {
  /** What the moving averages keep of themselves at each step, in `[0, 1)`; default 0.99. */
  readonly momentum?: number | undefined;
}

/**
 * Returns a batch normalisation (Ioffe and Szegedy 2015): `gamma · (x − mean) / √(variance + epsilon) + beta` of each
 * channel, the last dimension.
 *
 * In `fit()` mean and variance are those of the batch, over its rows and places, and moving averages follow them. Everywhere
 * else, in `predictMC()` and `exact()` too, the moving averages are used: a sampled subnetwork has the same ones for
 * every row and sample. They are weights: `getWeights()` and files hold them.
 *
 * Above dropout the statistics of training are those of gated units, whose variance is larger than that of the
 * deterministic pass (Li et al. 2019): put the normalisation below the gates.
 *
 * Shapes: `[batch, ..., channels]` → the same.
 *
 * @throws RangeError when a number is out of range
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { batchNormalization, sequential } from "thinned";
 *
 * const model = sequential([batchNormalization({ momentum: 0.9 })], { inputShape: [2], seed: 1 });
 * model.setWeights([[2, 1], [0, 1], [5, 0], [4, 1]]); // gamma, beta, moving mean, moving variance
 * const [first = 0, second = 0] = model.predict([[9, 3]]).data;
 * assert.ok(Math.abs(first - 4) < 1e-2 && Math.abs(second - 4) < 1e-2);
 * ```
 */
export function batchNormalization(options: BatchNormalizationOptions = {}): Layer {
  const definition = new BatchNormalization(options);
  return new Layer(definition, checkName("make a batchNormalization layer", options.name));
}

export class BatchNormalization extends Normalization implements LayerDefinition {
  readonly kind = "batchNormalization";
  readonly config: NormalizationConfig & { readonly momentum: number };

  constructor(options: BatchNormalizationOptions) {
    super();
    const action = "make a batchNormalization layer";
    onlyOptions(action, options, ["name", "momentum", "epsilon", "center", "scale"]);
    const { momentum = 0.99 } = options;
    this.config = {
      momentum: finite(action, "momentum", momentum, "in [0, 1)", (value) => value >= 0 && value < 1),
      ...checkNormalization(action, options),
    };
  }

  override parameters(source: readonly number[]): ParameterShape[] {
    const shape = source.slice(-1);
    return [...super.parameters(source), { part: "movingMean", shape }, { part: "movingVariance", shape }];
  }

  addTo(
    builder: NetworkBuilder,
    name: string,
    [source = 0]: Uint32Array,
    sharedWith: number | undefined,
  ): number {
    const { momentum, epsilon, center, scale } = this.config;
    return builder.normalization(name, source, momentum, epsilon, center, scale, sharedWith);
  }
}
