export { bald, type ClassSamples, maxEntropy, meanStandardDeviation, variationRatio } from "./acquisition.js";
export { auroc } from "./auroc.js";
export { brier } from "./brier.js";
export {
  type CalibrationOptions,
  expectedCalibrationError,
  type ReliabilityCurve,
  reliabilityCurve,
} from "./calibration.js";
export { type CrpsOptions, crps } from "./crps.js";
export {
  type Interval,
  type IntervalOptions,
  intervalScore,
  meanPredictionIntervalWidth,
  predictionInterval,
  predictionIntervalCoverage,
} from "./interval.js";
export { negativeLogLikelihood } from "./negativeLogLikelihood.js";
export type { GaussianPrediction, SampledPrediction } from "./prediction.js";
export { type RiskCoverage, riskCoverage } from "./riskCoverage.js";
export { rootMeanSquaredError } from "./rootMeanSquaredError.js";
export {
  applyTemperature,
  type FittedTemperature,
  type ProbabilityValues,
  temperatureScaling,
} from "./temperature.js";
