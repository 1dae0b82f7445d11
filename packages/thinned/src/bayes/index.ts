export { type HeteroscedasticVariance, varianceParts } from "./heteroscedastic.js";
export { type PrecisionOptions, precision, type WeightDecayOptions, weightDecay } from "./weightDecay.js";
