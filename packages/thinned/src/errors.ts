/**
 * Thrown where a tensor, or the input of a layer, has another shape than the one that is wanted. The message prints
 * both.
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { dense, sequential, ShapeError } from "thinned";
 *
 * const model = sequential([dense(1)], { inputShape: [4], seed: 1 });
 * assert.throws(() => model.predict([[1, 2]]), ShapeError);
 * ```
 */
export class ShapeError extends RangeError {
  override readonly name = "ShapeError";
}

/**
 * Thrown by every method of a model after `dispose()`, whose memory inside WebAssembly is gone, by calls with a disposed pool,
 * and by the control of a callback once its fit is over.
 */
export class DisposedError extends ReferenceError {
  override readonly name = "DisposedError";
}

/**
 * Thrown by `load()` for a file that is truncated, malformed, or not a model of this library, and by `fit()` and `exact()` for such a
 * checkpoint.
 */
export class FormatError extends Error {
  override readonly name = "FormatError";
}

/** What a request would cost and what it may cost; the fields of a {@link BudgetError}. */
export interface BudgetDetails {
  /** The layer whose statistics were asked for; of several, the dearest. */
  readonly layer: string;
  /** Gates upstream of it. */
  readonly gates: number;
  /** Those of all rows and layers of the request, as their methods count them (`ExactPlan`); may be `Infinity`. */
  readonly evaluations: number;
  /** The number of evaluations that the request was allowed. */
  readonly budget: number;
  /** Estimated time of the request on one core; may be `Infinity`. */
  readonly seconds: number;
}

/**
 * Thrown before any work by a request that costs more evaluations than its budget allows, or without a budget more than an hour.
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { BudgetError, dense, dropout, sequential } from "thinned";
 *
 * const model = sequential([dropout(0.5), dense(1, { activation: "relu" })], { inputShape: [40], seed: 1 });
 * const x = [new Float32Array(40).fill(1)];
 * await assert.rejects(
 *   model.exact(x, { method: "reference", budget: 1000 }),
 *   (error) => error instanceof BudgetError && error.gates === 40 && error.budget === 1000,
 * );
 * ```
 */
export class BudgetError extends Error implements BudgetDetails {
  override readonly name = "BudgetError";
  readonly layer: string;
  readonly gates: number;
  readonly evaluations: number;
  readonly budget: number;
  readonly seconds: number;

  constructor(message: string, details: BudgetDetails) {
    super(message);
    this.layer = details.layer;
    this.gates = details.gates;
    this.evaluations = details.evaluations;
    this.budget = details.budget;
    this.seconds = details.seconds;
  }
}
