export { approximateGradient } from "./approximateGradient.js";
export { ensembleGradient } from "./ensembleGradient.js";
export { expectedError } from "./expectedError.js";
export { expectedGradient, type UnitMethodOptions } from "./expectedGradient.js";
export type { DropoutUnit, UnitGradient } from "./unit.js";
export { weightDecay } from "./weightDecay.js";
