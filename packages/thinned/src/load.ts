import type { Architecture } from "./architecture.js";
import { printed } from "./argument.js";
import { FormatError } from "./errors.js";
import { Model } from "./model.js";
import { className, refuseDetached } from "./numberArray.js";
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
  return build(architecture, weights);
}

/** Returns the model; what the module refuses to build, such as sizes that the host cannot allocate, is the fault of the file. */
function build(architecture: Architecture, weights: readonly Float32Array[]): Model {
  try {
    return new Model(architecture, weights);
  } catch (cause) {
    if (!(cause instanceof RangeError || cause instanceof TypeError)) throw cause;
    throw new FormatError(`Cannot load: the file describes a network that is refused: ${cause.message}`, {
      cause,
    });
  }
}

function toBytes(bytes: unknown): Uint8Array {
  // Not by instanceof: bytes of another realm, such as a test environment's, serve as well.
  if (ArrayBuffer.isView(bytes) && className(bytes) === "Uint8Array") {
    const view = bytes as Uint8Array;
    refuseDetached("load", "the file", view);
    return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  }
  if (className(bytes) === "ArrayBuffer") return new Uint8Array(bytes as ArrayBuffer);
  throw new TypeError(`Cannot load: the file is ${printed(bytes)}, a Uint8Array or ArrayBuffer is wanted`);
}
