import { onlyOptions, printed } from "./argument.js";
import { arrange } from "./arrange.js";
import { Model } from "./model.js";
import { checkSeed } from "./seed.js";
import { SymbolicTensor } from "./symbolic.js";

/** The options of {@link graph}. */
export interface GraphOptions {
  /** The input, or an array that holds it. */
  readonly inputs: SymbolicTensor | readonly SymbolicTensor[];
  /** The output, or an array that holds it. */
  readonly outputs: SymbolicTensor | readonly SymbolicTensor[];
  /** Integer in `[0, 2^53)`: initial weights, and the default of every later seed; default 0. */
  readonly seed?: number | undefined;
}

/**
 * Returns a network of any acyclic shape, with freshly initialised weights: a layer may read any earlier one, as in
 * Baldi & Sadowski (2013), eq. 1. Today it has one input and one output.
 *
 * @throws RangeError when there is more than one input or output, or the output does not depend on the input alone
 * @throws ShapeError when a layer that is applied again is given another width
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { concat, dense, dropout, graph, input } from "thinned";
 *
 * const x = input([4]);
 * const h = dense(8, { activation: "tanh" }).apply(dropout(0.2).apply(x));
 * const net = graph({ inputs: x, outputs: dense(1).apply(concat().apply([x, h])), seed: 1 });
 * assert.deepEqual(net.predict([[1, 2, 3, 4]]).shape, [1, 1]);
 * ```
 */
export function graph(options: GraphOptions): Model {
  const action = "make a graph model";
  onlyOptions(action, options, ["inputs", "outputs", "seed"]);
  const input = only(action, "inputs", options.inputs);
  const output = only(action, "outputs", options.outputs);
  if (input.layer !== undefined) {
    throw new TypeError(`Cannot ${action}: inputs is the output of a layer, what input() returned is wanted`);
  }
  const { seed = 0 } = options;
  return new Model(arrange(action, input, output, checkSeed(action, seed)));
}

function only(action: string, name: string, value: unknown): SymbolicTensor {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  if (list.length !== 1) {
    throw new RangeError(`Cannot ${action}: ${name} has ${list.length} tensors, one is wanted`);
  }
  const [tensor] = list;
  if (tensor instanceof SymbolicTensor) return tensor;
  throw new TypeError(
    `Cannot ${action}: ${name} is ${printed(tensor)}, what input() or apply() returned is wanted`,
  );
}
