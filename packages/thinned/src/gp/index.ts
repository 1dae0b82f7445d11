export { covariances } from "./covariances.js";
export { fit, type GpFitOptions } from "./fit.js";
export {
  arcCosine,
  arcSine,
  constant,
  type Kernel,
  linear,
  periodic,
  product,
  rbf,
  sum,
  type UnitsOptions,
  white,
} from "./kernel.js";
export { GaussianProcess, type GpInfo, type GpPrediction, type GpPredictOptions } from "./process.js";
export { type GpSampleOptions, sample } from "./sample.js";
