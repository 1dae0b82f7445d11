import {
  type Activation,
  type ActivationConfig,
  activationArguments,
  checkActivation,
} from "./activation.js";
import { onlyOptions } from "./argument.js";
import { checkName, type LayerDefinition, type LayerOptions, PlainLayer } from "./layer.js";
import { Layer } from "./symbolic.js";
import type { NetworkBuilder } from "./wasm/boundary.js";

/**
 * Returns an activation as a layer of its own, for the places where it does not follow a dense layer or a convolution at
 * once: after a normalisation or a sum. Softmax runs over the last dimension.
 *
 * Shapes: `[batch, ...shape]` → the same.
 *
 * @throws RangeError when the activation is unknown, or a number of it out of range
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { activation, sequential } from "thinned";
 *
 * const model = sequential([activation({ type: "leakyRelu", alpha: 0.5 })], { inputShape: [2], seed: 1 });
 * assert.deepEqual([...model.predict([[-2, 3]]).data], [-1, 3]);
 * ```
 */
export function activation(activation: Activation, options: LayerOptions = {}): Layer {
  const definition = new ActivationLayer(activation, options);
  return new Layer(definition, checkName("make an activation layer", options.name));
}

export class ActivationLayer extends PlainLayer implements LayerDefinition {
  readonly kind = "activation";
  override readonly activated = true;
  readonly config: { readonly activation: ActivationConfig };

  constructor(activation: unknown, options: LayerOptions) {
    super();
    const action = "make an activation layer";
    onlyOptions(action, options, ["name"]);
    this.config = { activation: checkActivation(action, activation) };
  }

  outputShape(_action: string, [source = []]: readonly (readonly number[])[]): number[] {
    return [...source];
  }

  addTo(builder: NetworkBuilder, name: string, [source = 0]: Uint32Array): number {
    return builder.activation(name, source, ...activationArguments(this.config.activation));
  }
}
