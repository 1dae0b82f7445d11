import { type DropoutUnit, type UnitGradient, unitGradient } from "./unit.js";

/**
 * Resolves to error and gradient of the weight-scaled unit: `E_ENS`, and `p_i I_i g(S_ENS)` with `S_ENS = b + Σ p w I` (Baldi & Sadowski
 * 2013, eq. 23 and 25). For a logistic unit its output is the normalised geometric mean of all subnetworks.
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { dynamics } from "thinned";
 *
 * const { error, weights } = await dynamics.ensembleGradient({ weights: [2], input: [3], target: 4, rate: 0.5 });
 * assert.equal(error, 0.5 * (4 - 3) ** 2);
 * assert.deepEqual([...weights], [-(4 - 3) * 0.5 * 3]);
 * ```
 */
export function ensembleGradient(unit: DropoutUnit): Promise<UnitGradient> {
  return unitGradient("compute an ensemble gradient", "ensemble", unit);
}
