import { printed } from "./argument.js";
import { Model } from "./model.js";
import { parseModel } from "./persist.js";

/**
 * Returns the model that `save()` wrote: it predicts the same bits.
 *
 * The file may come from a stranger: header length, offsets, shapes and types are checked against the bytes that are
 * there before anything is allocated. It runs no code.
 *
 * @throws FormatError when the file is truncated, malformed, not a model, or holds weights that are not finite
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { dense, dropout, FormatError, load, sequential } from "thinned";
 *
 * const model = sequential([dropout(0.5), dense(3)], { inputShape: [4], seed: 1 });
 * const bytes = model.save();
 * assert.deepEqual(load(bytes).predict([[1, 2, 3, 4]]), model.predict([[1, 2, 3, 4]]));
 * assert.throws(() => load(bytes.subarray(0, 20)), FormatError);
 * ```
 */
export function load(bytes: Uint8Array | ArrayBuffer): Model {
  const { architecture, weights } = parseModel(toBytes(bytes));
  return new Model(architecture, weights);
}

function toBytes(bytes: unknown): Uint8Array {
  if (bytes instanceof Uint8Array) return bytes;
  if (bytes instanceof ArrayBuffer) return new Uint8Array(bytes);
  throw new TypeError(`Cannot load: the file is ${printed(bytes)}, a Uint8Array or ArrayBuffer is wanted`);
}
