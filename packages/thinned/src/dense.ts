import {
  type Activation,
  type ActivationConfig,
  activationArguments,
  checkActivation,
} from "./activation.js";
import { boolean, integer, oneOf, onlyOptions } from "./argument.js";
import {
  checkInitializers,
  type InitializerOptions,
  type InitializersConfig,
  initialize,
  initializerOptions,
} from "./initializer.js";
import {
  checkName,
  type LayerDefinition,
  type LayerOptions,
  MOST_UNITS,
  type ParameterShape,
  widthOf,
} from "./layer.js";
import { checkRate, type Scaling, scalings } from "./rate.js";
import {
  checkRegularizers,
  type RegularizerConfig,
  type RegularizerOptions,
  regularize,
  regularizerOptions,
} from "./regularizer.js";
import { Layer } from "./symbolic.js";
import type { NetworkBuilder } from "./wasm/boundary.js";

/** The options of {@link dense}. */
export interface DenseOptions extends LayerOptions, InitializerOptions, RegularizerOptions {
  /** Applied to the pre-activations; default `"linear"`. */
  readonly activation?: Activation | undefined;
  /** Whether a bias is added; default true. */
  readonly useBias?: boolean | undefined;
  /** Probability in `[0, 1)` with which each single weight is dropped (DropConnect); default 0. */
  readonly connectionRate?: number | undefined;
  /** How kept connections are scaled; default `"inverted"`, as in Keras and PyTorch. */
  readonly scaling?: Scaling | undefined;
}

/**
 * Returns a fully connected layer: `activation(x · kernel + bias)`.
 *
 * Shapes: `x [batch, inputs]`, `kernel [inputs, units]`, `bias [units]` → `[batch, units]`. Kernels start as Glorot
 * uniform values unless `kernelInitializer` says otherwise, biases at zero: a pure function of the seed of the model.
 *
 * With `connectionRate`, every weight has a gate of its own, drawn per subnetwork (Wan et al. 2013).
 *
 * @param units - outputs, an integer in `[1, 2^24]`
 * @throws RangeError when `units` or a rate is out of range, or the activation is unknown
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { dense, sequential } from "thinned";
 *
 * const model = sequential([dense(3, { activation: "softmax" })], { inputShape: [4], seed: 1 });
 * const { data, shape } = model.predict([[1, 2, 3, 4]]);
 * assert.deepEqual(shape, [1, 3]);
 * assert.ok(Math.abs(data.reduce((sum, p) => sum + p) - 1) < 1e-6);
 * ```
 */
export function dense(units: number, options: DenseOptions = {}): Layer {
  return new Layer(new Dense(units, options), checkName("make a dense layer", options.name));
}

/** The settings of a dense layer, as a model file holds them. */
export interface DenseConfig extends InitializersConfig, RegularizerConfig {
  readonly units: number;
  readonly activation: ActivationConfig;
  readonly useBias: boolean;
  readonly connectionRate: number;
  readonly scaling: Scaling;
}

export class Dense implements LayerDefinition {
  readonly kind = "dense";
  readonly activated = true;
  readonly config: DenseConfig;

  constructor(units: unknown, options: DenseOptions) {
    const action = "make a dense layer";
    onlyOptions(action, options, [
      ...["name", "activation", "useBias", "connectionRate", "scaling"],
      ...initializerOptions,
      ...regularizerOptions,
    ]);
    const { activation = "linear", useBias = true, connectionRate = 0, scaling = "inverted" } = options;
    this.config = {
      units: integer(action, "units", units, 1, MOST_UNITS),
      activation: checkActivation(action, activation),
      useBias: boolean(action, "useBias", useBias),
      connectionRate: checkRate(action, "connectionRate", connectionRate),
      scaling: oneOf(action, "scaling", scaling, scalings),
      ...checkRegularizers(action, options, useBias),
      ...checkInitializers(action, options),
    };
  }

  outputShape(action: string, [source = []]: readonly (readonly number[])[]): number[] {
    widthOf(action, source);
    return [this.config.units];
  }

  parameters([inputs = 0]: readonly number[]): ParameterShape[] {
    const { units, useBias } = this.config;
    const kernel: ParameterShape = { part: "kernel", shape: [inputs, units] };
    return useBias ? [kernel, { part: "bias", shape: [units] }] : [kernel];
  }

  gates([inputs = 0]: readonly number[]): number {
    const { units, connectionRate } = this.config;
    return connectionRate > 0 ? inputs * units : 0;
  }

  addTo(
    builder: NetworkBuilder,
    name: string,
    [source = 0]: Uint32Array,
    sharedWith: number | undefined,
  ): number {
    const { units, activation, useBias, connectionRate, scaling } = this.config;
    const [type, c, lambda] = activationArguments(activation);
    const node = builder.dense(
      name,
      source,
      units,
      type,
      c,
      lambda,
      useBias,
      connectionRate,
      scaling,
      sharedWith,
    );
    if (sharedWith === undefined) regularize(builder, node, this.config, useBias);
    initialize(builder, node, this.config);
    return node;
  }
}
