import { onlyOptions } from "./argument.js";
import { checkName, type LayerDefinition } from "./layer.js";
import {
  checkNormalization,
  Normalization,
  type NormalizationConfig,
  type NormalizationOptions,
} from "./normalization.js";
import { Layer } from "./symbolic.js";
import type { NetworkBuilder } from "./wasm/boundary.js";

/**
 * Returns a layer normalisation (Ba, Kiros and Hinton 2016): `gamma · (x − mean) / √(variance + epsilon) + beta` with mean and
 * variance over the channels, the last dimension, at each place of each row: in training and prediction alike, so that
 * under gates each subnetwork has its own.
 *
 * Shapes: `[batch, ..., channels]` → the same.
 *
 * @throws RangeError when epsilon is not above 0
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { layerNormalization, sequential } from "thinned";
 *
 * const model = sequential([layerNormalization({ epsilon: 1e-9 })], { inputShape: [2], seed: 1 });
 * assert.deepEqual([...model.predict([[1, 3]]).data], [-1, 1]);
 * ```
 */
export function layerNormalization(options: NormalizationOptions = {}): Layer {
  const definition = new LayerNormalization(options);
  return new Layer(definition, checkName("make a layerNormalization layer", options.name));
}

export class LayerNormalization extends Normalization implements LayerDefinition {
  readonly kind = "layerNormalization";
  readonly config: NormalizationConfig;

  constructor(options: NormalizationOptions) {
    super();
    const action = "make a layerNormalization layer";
    onlyOptions(action, options, ["name", "epsilon", "center", "scale"]);
    this.config = checkNormalization(action, options);
  }

  addTo(
    builder: NetworkBuilder,
    name: string,
    [source = 0]: Uint32Array,
    sharedWith: number | undefined,
  ): number {
    const { epsilon, center, scale } = this.config;
    return builder.normalization(name, source, undefined, epsilon, center, scale, sharedWith);
  }
}
