import { oneOf, onlyOptions, printedShape } from "./argument.js";
import type { DropoutConfig, DropoutOptions } from "./dropout.js";
import { ShapeError } from "./errors.js";
import { checkName, imageOf, type LayerDefinition, PlainLayer } from "./layer.js";
import { checkRates, scalings } from "./rate.js";
import { Layer } from "./symbolic.js";
import type { NetworkBuilder } from "./wasm/boundary.js";

/**
 * Returns a dropout over whole channels of images (Tompson et al. 2015): a gate per channel, which holds at every place,
 * since neighbouring pixels tell each other what single gates would hide.
 *
 * Shapes: `[batch, height, width, channels]` → the same.
 *
 * @param rate - probability of dropping, in `[0, 1)`; one number, or one per channel
 * @throws RangeError when a rate is outside `[0, 1)` or NaN
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { dense, flatten, sequential, spatialDropout2d } from "thinned";
 *
 * const model = sequential([spatialDropout2d(0.5), flatten(), dense(1)], { inputShape: [4, 4, 3], seed: 1 });
 * assert.equal(model.explainExact().subnetworks, 8n); // 3 gates, not 48
 * ```
 */
export function spatialDropout2d(
  rate: number | readonly number[] | Float32Array | Float64Array,
  options: DropoutOptions = {},
): Layer {
  const definition = new SpatialDropout2d(rate, options);
  return new Layer(definition, checkName("make a spatialDropout2d layer", options.name));
}

export class SpatialDropout2d extends PlainLayer implements LayerDefinition {
  readonly kind = "spatialDropout2d";
  readonly config: DropoutConfig;

  constructor(rate: unknown, options: DropoutOptions) {
    super();
    const action = "make a spatialDropout2d layer";
    onlyOptions(action, options, ["name", "scaling"]);
    const { scaling = "inverted" } = options;
    this.config = { rates: checkRates(action, rate), scaling: oneOf(action, "scaling", scaling, scalings) };
  }

  outputShape(action: string, [source = []]: readonly (readonly number[])[]): number[] {
    const [, , channels] = imageOf(action, source);
    const { length } = this.config.rates;
    if (length !== 1 && length !== channels) {
      throw new ShapeError(
        `Cannot ${action}: it has ${length} rates, its input is ${printedShape(["batch", ...source])}; one rate, or one per channel, is wanted`,
      );
    }
    return [...source];
  }

  override gates(source: readonly number[]): number {
    return source.at(-1) ?? 0;
  }

  addTo(builder: NetworkBuilder, name: string, [source = 0]: Uint32Array): number {
    const { rates, scaling } = this.config;
    return builder.spatialDropout2d(name, source, Float64Array.from(rates), scaling);
  }
}
