import { type DropoutUnit, type UnitGradient, unitGradient } from "./unit.js";

/**
 * Resolves to the sum of `ensembleGradient()` and `weightDecay()`: the expected dropout gradient of a linear unit, exactly (Baldi &
 * Sadowski 2013, eq. 27), and its approximation for logistic units (eq. 30) and for other activations, whose slope of the error is
 * taken to be linear about `S_ENS`.
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { dynamics } from "thinned";
 *
 * const unit = { weights: [0.4, -0.7], input: [1, 2], target: 1, rate: 0.5, activation: "sigmoid" } as const;
 * const exact = await dynamics.expectedGradient(unit);
 * const approximate = await dynamics.approximateGradient(unit);
 * exact.weights.forEach((slope, i) => assert.ok(Math.abs(slope - (approximate.weights[i] ?? 0)) < 0.025));
 * ```
 */
export function approximateGradient(unit: DropoutUnit): Promise<UnitGradient> {
  return unitGradient("approximate an expected gradient", "approximation", unit);
}
