import { onlyOptions, printed } from "./argument.js";
import { arrange } from "./arrange.js";
import { Model } from "./model.js";
import { checkSeed } from "./seed.js";
import { checkInputShape, connect, Layer, MergeLayer, SymbolicTensor } from "./symbolic.js";

/** The options of {@link sequential}. */
export interface SequentialOptions {
  /** The shape of one row, without the batch: `[width]`, or `[height, width, channels]` for images. */
  readonly inputShape: readonly number[];
  /** Integer in `[0, 2^53)`: initial weights, and the default of every later seed; default 0. */
  readonly seed?: number | undefined;
}

/**
 * Returns a network that is a chain of layers, with freshly initialised weights.
 *
 * @throws RangeError when there is no layer, two layers share a name, or the seed is no integer in `[0, 2^53)`
 * @throws ShapeError when a layer cannot read the output of the one before
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { dense, dropout, sequential } from "thinned";
 *
 * const model = sequential(
 *   [dropout(0.2), dense(5, { activation: "sigmoid", name: "h1" }), dropout(0.5), dense(3, { activation: "softmax" })],
 *   { inputShape: [4], seed: 1 },
 * );
 * assert.deepEqual(model.layers.map((layer) => layer.name), ["dropout_1", "h1", "dropout_2", "dense_1"]);
 * assert.deepEqual(model.predict([[1, 2, 3, 4]]).shape, [1, 3]);
 * ```
 */
export function sequential(layers: readonly Layer[], options: SequentialOptions): Model {
  const action = "make a sequential model";
  onlyOptions(action, options, ["inputShape", "seed"]);
  const input = new SymbolicTensor(checkInputShape(action, "inputShape", options.inputShape));
  const { seed = 0 } = options;
  checkSeed(action, seed);
  if (!Array.isArray(layers)) {
    throw new TypeError(`Cannot ${action}: layers is ${printed(layers)}, an array of layers is wanted`);
  }
  // A copy first: `reduce` would pass over the holes of a sparse array.
  const output = [...layers].reduce((source: SymbolicTensor, layer: unknown, index) => {
    if (layer instanceof MergeLayer) {
      throw new TypeError(
        `Cannot ${action}: layers[${index}] reads several tensors (${layer.definition.kind}); use graph()`,
      );
    }
    if (!(layer instanceof Layer)) {
      throw new TypeError(
        `Cannot ${action}: layers[${index}] is ${printed(layer)}, a layer such as dense(10) is wanted`,
      );
    }
    return connect(`${action}: layers[${index}] (${layer.name ?? layer.definition.kind})`, layer, [source]);
  }, input);
  return new Model(arrange(action, input, output, seed));
}
