export { type ActivationHistogramOptions, activationHistogram } from "./activationHistogram.js";
export {
  type ConsistencyOptions,
  consistencyByLayer,
  consistencyOverTime,
  type SpreadByEpoch,
} from "./consistency.js";
export { type ConvergenceOptions, convergence, type ErrorBySize } from "./convergence.js";
export { type CostByGatesOptions, costByGates, type MethodCost } from "./costByGates.js";
export { type EntropyByRotationOptions, entropyByRotation } from "./entropyByRotation.js";
export {
  type ExactAgainstSampledOptions,
  type ExactAndSampled,
  exactAgainstSampled,
} from "./exactAgainstSampled.js";
export { Figure } from "./figure.js";
export type { ByLayer } from "./layers.js";
export { type AccuracyByRows, type LearningCurveOptions, learningCurve } from "./learningCurve.js";
export {
  type MeanAndDeterministic,
  type MeanMinusDeterministicOptions,
  meanMinusDeterministic,
} from "./meanMinusDeterministic.js";
export { type MeanAndNwgm, type MeanMinusNwgmOptions, meanMinusNwgm } from "./meanMinusNwgm.js";
export type { Numbers, Tensor } from "./numbers.js";
export type { Theme } from "./palette.js";
export { type Prediction, type PredictiveBandOptions, predictiveBand } from "./predictiveBand.js";
export {
  type ReliabilityBins,
  type ReliabilityDiagramOptions,
  reliabilityDiagram,
} from "./reliabilityDiagram.js";
export { type RiskByCoverage, type RiskCoverageOptions, riskCoverage } from "./riskCoverage.js";
export type { RotationEntropy } from "./rotationEntropy.js";
export {
  type RotationSamples,
  type SoftmaxByRotationOptions,
  softmaxByRotation,
} from "./softmaxByRotation.js";
export type { Row } from "./table.js";
export { type TrainingCurveOptions, type TrainingHistory, trainingCurve } from "./trainingCurve.js";
