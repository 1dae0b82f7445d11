import { type DropoutUnit, type UnitGradient, unitGradient } from "./unit.js";

/**
 * Resolves to the adaptive weight decay of dropout by itself: `g′(S_ENS) w_i I_i² p_i(1 − p_i)`, and as its error half its sum with the
 * weights (Baldi & Sadowski 2013, eq. 27, 28 and 30).
 *
 * `g′` is 1 for linear units with half a squared error, `λ σ′(S_ENS) = λ² O(1 − O)` for logistic ones with cross-entropy, and
 * `f′² − (t − f) f″` for half the squared error of any activation `f`. It is scaled by the inputs, and with `scaling: "standard"`
 * largest at `p = ½`.
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { dynamics } from "thinned";
 *
 * const decay = async (rate: number) => {
 *   const { weights } = await dynamics.weightDecay({ weights: [2], input: [3], target: 0, rate });
 *   return weights[0] ?? 0;
 * };
 * assert.equal(await decay(0.5), 2 * 3 ** 2 * 0.25);
 * assert.ok((await decay(0.4)) < (await decay(0.5)) && (await decay(0.6)) < (await decay(0.5)));
 * ```
 */
export function weightDecay(unit: DropoutUnit): Promise<UnitGradient> {
  return unitGradient("compute a weight decay", "weightDecay", unit);
}
