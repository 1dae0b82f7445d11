import { onlyOptions } from "../argument.js";
import type { UnitMethodOptions } from "./expectedGradient.js";
import { type DropoutUnit, unitGradient } from "./unit.js";

/**
 * Resolves to the exact expectation of the dropout error over all subnetworks of one unit.
 *
 * For a linear unit `E[E_D] = E_ENS + ½ Σ w_i² I_i² p_i(1 − p_i)` (Baldi & Sadowski 2013, eq. 28); for a logistic one with cross-entropy
 * `t E[softplus(−X)] + (1 − t) E[softplus(X)]`, `X = λS − ln c`. Methods and errors are those of `expectedGradient()`.
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { dynamics } from "thinned";
 *
 * const unit = { weights: [2], input: [3], target: 4, rate: 0.25 }; // O is 6 or, dropped, 0
 * assert.equal(await dynamics.expectedError(unit), 0.75 * (0.5 * 2 ** 2) + 0.25 * (0.5 * 4 ** 2));
 * ```
 */
export async function expectedError(unit: DropoutUnit, options: UnitMethodOptions = {}): Promise<number> {
  const action = "compute an expected error";
  onlyOptions(action, options, ["method"]);
  return (await unitGradient(action, "expected", unit, options.method)).error;
}
