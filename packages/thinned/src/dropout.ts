import { oneOf, onlyOptions, printedShape } from "./argument.js";
import { ShapeError } from "./errors.js";
import { checkName, type LayerDefinition, type LayerOptions, type ParameterShape } from "./layer.js";
import { checkRates, type Scaling, scalings } from "./rate.js";
import { Layer } from "./symbolic.js";
import { sizeOf } from "./tensor.js";
import type { NetworkBuilder } from "./wasm/boundary.js";

/** The options of {@link dropout}. */
export interface DropoutOptions extends LayerOptions {
  /**
   * `"inverted"` (default, as in Keras and PyTorch): a kept activity is multiplied by `1 / (1 − rate)`. `"standard"`,
   * the original form (Srivastava et al. 2014): kept activities stay as they are, and the deterministic pass
   * multiplies by `1 − rate`.
   */
  readonly scaling?: Scaling | undefined;
}

/**
 * Returns a dropout layer: a gate per unit, 0 with probability `rate`, by which the unit is multiplied wherever the
 * output of this layer is read. Applied again, the layer has new gates.
 *
 * Shapes: `[batch, ...shape]` → the same; a rate per unit is in the order of the flat row.
 *
 * @param rate - probability of dropping, in `[0, 1)`; one number, or one per unit
 * @throws RangeError when a rate is outside `[0, 1)` or NaN
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { dense, dropout, sequential } from "thinned";
 *
 * const model = sequential([dropout([0.1, 0.2, 0, 0.5]), dense(1)], { inputShape: [4], seed: 1 });
 * assert.equal(model.explainExact().gates, 3); // A rate of 0 is no gate.
 * assert.throws(() => dropout(1), RangeError);
 * ```
 */
export function dropout(
  rate: number | readonly number[] | Float32Array | Float64Array,
  options: DropoutOptions = {},
): Layer {
  return new Layer(new Dropout(rate, options), checkName("make a dropout layer", options.name));
}

/** The settings of a dropout layer, as a model file holds them. */
export interface DropoutConfig {
  /** One rate for all units, or one per unit. */
  readonly rates: readonly number[];
  readonly scaling: Scaling;
}

export class Dropout implements LayerDefinition {
  readonly kind = "dropout";
  readonly activated = false;
  readonly config: DropoutConfig;

  constructor(rate: unknown, options: DropoutOptions) {
    const action = "make a dropout layer";
    onlyOptions(action, options, ["name", "scaling"]);
    const { scaling = "inverted" } = options;
    this.config = {
      rates: checkRates(action, rate),
      scaling: oneOf(action, "scaling", scaling, scalings),
    };
  }

  outputShape(action: string, [source = []]: readonly (readonly number[])[]): number[] {
    const { length } = this.config.rates;
    if (length !== 1 && length !== sizeOf(source)) {
      throw new ShapeError(
        `Cannot ${action}: it has ${length} rates, its input is ${printedShape(["batch", ...source])}; one rate, or one per unit, is wanted`,
      );
    }
    return [...source];
  }

  parameters(): ParameterShape[] {
    return [];
  }

  gates(source: readonly number[]): number {
    return sizeOf(source);
  }

  addTo(builder: NetworkBuilder, name: string, [source = 0]: Uint32Array): number {
    return builder.dropout(name, source, Float64Array.from(this.config.rates), this.config.scaling);
  }
}
