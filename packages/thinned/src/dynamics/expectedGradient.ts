import { onlyOptions } from "../argument.js";
import type { GradientMethod } from "../expectedGradient.js";
import { type DropoutUnit, type UnitGradient, unitGradient } from "./unit.js";

/** How an expected gradient is computed. */
export interface UnitMethodOptions {
  /** Default the first of those below that applies. */
  readonly method?: GradientMethod | undefined;
}

/**
 * Resolves to the exact expectation of the dropout error and of its gradient over all `2^n` subnetworks of one unit.
 *
 * `E ∂E_D/∂w_i = p_i I_i E[g(S) | δ_i = 1]` with `g = ∂E_D/∂S`; for a logistic unit with cross-entropy that is
 * `−λ I_i p_i (t − E[O | δ_i = 1])` (Baldi & Sadowski 2013, §5, by direct computation).
 *
 * | method | for | cost for `n` gates |
 * |---|---|---|
 * | `"closedForm"` | linear units, squared error (eq. 27 and 28) | `O(n)` |
 * | `"characteristic"` | logistic units, cross-entropy: an integral over the characteristic function of `S` | `O(n)`, some hundred nodes |
 * | `"enumeration"` | any activation but softmax, at most 20 gates | `O(2^n)` |
 *
 * Float64; within `1e-13` where the pre-activations are not large.
 *
 * @throws RangeError when a number is out of range, lists do not go together, the method does not apply, or there are too many gates
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { dynamics } from "thinned";
 *
 * const unit = { weights: [2, -1], input: [1, 3], target: 1, rate: 0.5 };
 * const { error, weights } = await dynamics.expectedGradient(unit);
 * // S is 0, 2, −3 or −1, each in a quarter of the subnetworks.
 * assert.equal(error, (0.5 * (1 + 1 + 16 + 4)) / 4);
 * assert.deepEqual([...weights], [(1 * 1 + -2 * 1) / 4, (-4 * 3 + -2 * 3) / 4]);
 * ```
 */
export function expectedGradient(unit: DropoutUnit, options: UnitMethodOptions = {}): Promise<UnitGradient> {
  const action = "compute an expected gradient";
  onlyOptions(action, options, ["method"]);
  return unitGradient(action, "expected", unit, options.method);
}
