export type { Activation, RectifierActivation, SigmoidActivation } from "./activation.js";
export { activation } from "./activationLayer.js";
export { add } from "./add.js";
export type { BatchIterable, FitBatch, FitBatches } from "./batches.js";
export { type BatchNormalizationOptions, batchNormalization } from "./batchNormalization.js";
export type { Elbo, ElboOptions } from "./bayes/elbo.js";
export * as bayes from "./bayes/index.js";
export type { CovarianceOptions, PredictiveCovariance } from "./bayes/predictiveCovariance.js";
export type { LogLikelihoodOptions, PredictiveLogLikelihood } from "./bayes/predictiveLogLikelihood.js";
export type { Prior } from "./bayes/prior.js";
export type { Callback, CallbackState, FitControl } from "./callback.js";
export { concat } from "./concat.js";
export { type ConcreteDropoutOptions, concreteDropout } from "./concreteDropout.js";
export { type Conv2dOptions, conv2d } from "./conv2d.js";
export type { CrossCheckOptions } from "./crossCheck.js";
export type { CrossCheck, Disagreement } from "./crossCheckResult.js";
export { type CsvLoggerOptions, csvLogger } from "./csvLogger.js";
export { type DenseOptions, dense } from "./dense.js";
export { type DropoutOptions, dropout } from "./dropout.js";
export * as dynamics from "./dynamics/index.js";
export { type EarlyStoppingOptions, earlyStopping } from "./earlyStopping.js";
export { type BudgetDetails, BudgetError, DisposedError, FormatError, ShapeError } from "./errors.js";
export type { EvaluateOptions, Evaluation } from "./evaluate.js";
export type { ExactOptions } from "./exact.js";
export type { ExactCheckpoint } from "./exactCheckpoint.js";
export type { DetailCost, ExactMethod, ExactPlan, ExactTarget } from "./exactPlan.js";
export type { Bounds, ExactResult, SecondOrder } from "./exactResult.js";
export type { ClassWeight } from "./examples.js";
export type {
  ExpectedGradient,
  ExpectedGradientOptions,
  GradientLoss,
  GradientMethod,
  LayerGradient,
} from "./expectedGradient.js";
export type { FitBatchesOptions, FitOptions } from "./fit.js";
export { flatten } from "./flatten.js";
export { globalAveragePool2d } from "./globalAveragePool2d.js";
export type {
  GaussianProcess,
  GpFitOptions,
  GpInfo,
  GpPrediction,
  GpPredictOptions,
  GpSampleOptions,
} from "./gp/index.js";
export * as gp from "./gp/index.js";
export { type GraphOptions, graph } from "./graph.js";
export { type EpochValues, type FitInfo, History, type Logs } from "./history.js";
export type { Initializer, InitializerOptions } from "./initializer.js";
export { input } from "./input.js";
export type { InputBatches } from "./inputBatches.js";
export type { LayerKind, LayerOptions } from "./layer.js";
export type { LayerInfo } from "./layerInfo.js";
export { layerNormalization } from "./layerNormalization.js";
export {
  type ConstantSchedule,
  type CosineSchedule,
  constantSchedule,
  cosineDecay,
  type ExponentialSchedule,
  exponentialDecay,
  type LinearSchedule,
  linearRamp,
  type Schedule,
  type StepSchedule,
  stepDecay,
} from "./learningRate.js";
export { load } from "./load.js";
export { type HuberLoss, huber, type Loss, type LossName } from "./loss.js";
export type { Masks, MCResult } from "./mcResult.js";
export {
  type Metric,
  type MetricFunction,
  type MetricName,
  type TopKAccuracy,
  topKAccuracy,
} from "./metric.js";
export type { Model, OneLayer, SeveralLayers } from "./model.js";
export { type ModelCheckpointOptions, modelCheckpoint } from "./modelCheckpoint.js";
export type { MonitorMode, MonitorOptions } from "./monitor.js";
export type { PredictMCOptions } from "./monteCarlo.js";
export { multiply } from "./multiply.js";
export { alphaDropout, gaussianDropout } from "./noiseDropout.js";
export type { NormalizationOptions } from "./normalization.js";
export type { NumberArray } from "./numberArray.js";
export {
  type AdagradOptions,
  type AdamOptions,
  type AdamWOptions,
  adagrad,
  adam,
  adamW,
  type ClippingOptions,
  type Optimizer,
  type RmspropOptions,
  rmsprop,
  type SgdOptions,
  sgd,
} from "./optimizer.js";
export { createPool, type Pool, type PoolOptions } from "./pool.js";
export { averagePool2d, maxPool2d, type Pool2dOptions } from "./pool2d.js";
export type { PredictOptions } from "./predict.js";
export { type ProgressOptions, progress } from "./progress.js";
export type { Scaling } from "./rate.js";
export { type ReduceLROnPlateauOptions, reduceLROnPlateau } from "./reduceLROnPlateau.js";
export { l1, l2, type Regularizer, type RegularizerOptions } from "./regularizer.js";
export { reshape } from "./reshape.js";
export type { LongCallOptions, Progress } from "./schedule.js";
export * as scores from "./scores/index.js";
export type { LayerReference, LayerReferences } from "./selection.js";
export { type SequentialOptions, sequential } from "./sequential.js";
export { spatialDropout2d } from "./spatialDropout2d.js";
export { type StandardizeOptions, type Standardizer, standardize } from "./standardize.js";
export type { CheckpointStore } from "./store.js";
export type { Layer, MergeLayer, SymbolicTensor } from "./symbolic.js";
export type { NestedArray, Tensor, TensorLike } from "./tensor.js";
export type { FitProgress } from "./training.js";
export type { ValidationOptions, WeightOptions } from "./trainingData.js";
export { type InitOptions, type InitResult, init, type Variant, type VariantName } from "./variant.js";
export type { Padding, Sides } from "./window.js";
