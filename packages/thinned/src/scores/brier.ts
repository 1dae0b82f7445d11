import type { TensorLike } from "../tensor.js";
import { baseInstance } from "../wasm/instance.js";
import { toClassRows } from "./classes.js";

/**
 * Returns the Brier score, the mean over rows of `Σ_c (p_c − [c = label])²` (Brier 1950): 0 is perfect, 2 is sure and wrong.
 * It is proper, and bounded where the log-likelihood is not. Of one probability a row it is `(p − y)²`, at most 1: half of
 * what the two classes give, as is usual.
 *
 * Probabilities are `[batch, classes]`, or `[batch]` those of class 1 of two; labels `[batch]`.
 *
 * @throws ShapeError when shapes do not fit; RangeError when a row does not sum to 1 within 1e-4, or a label is no class
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { scores } from "thinned";
 *
 * assert.equal(scores.brier([[0.5, 0.25, 0.25]], [0]), 0.375);
 * assert.equal(scores.brier([0.75], [1]), 0.0625);
 * ```
 */
export function brier(probabilities: TensorLike, labels: TensorLike): number {
  const rows = toClassRows("compute the Brier score", probabilities, labels);
  return baseInstance().run(({ brierScore }) => brierScore(rows.values.data, rows.width, rows.labels));
}
