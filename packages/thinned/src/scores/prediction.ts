import { onlyOptions, positive, printed } from "../argument.js";
import type { Tensor, TensorLike } from "../tensor.js";
import { type SampleColumns, toSamples } from "./samples.js";
import { everyValue, hasFields, refuseResult, sameRows, toFloat64 } from "./values.js";

/** Independent Gaussians, one for each target. */
export interface GaussianPrediction {
  /** `[batch, ...outputs]`, in the unit of the targets. */
  readonly mean: TensorLike;
  /** In the shape of `mean`, in the square of its unit: that of an observation, such as `predictiveVariance`. */
  readonly variance: TensorLike;
}

/** Draws of the prediction, such as those that `predictMC()` keeps. */
export interface SampledPrediction {
  /** `[samples, batch, ...outputs]`, in the unit of the targets. */
  readonly samples: TensorLike;
}

/** A prediction of continuous targets, checked. */
export type Checked =
  | {
      readonly kind: "gaussian";
      readonly mean: Tensor<Float64Array>;
      readonly variance: Tensor<Float64Array>;
    }
  | { readonly kind: "sampled"; readonly samples: SampleColumns; readonly tau: number };

/**
 * Returns the prediction that `value` names by its fields; `tau` is NaN where it is not asked for.
 *
 * @throws TypeError when its fields are those of no prediction, RangeError when a variance is negative, or 0 where `hasTau`
 */
export function toPrediction(action: string, value: unknown, hasTau: boolean): Checked {
  const parts = `{ mean, variance: predictiveVariance }, ${hasTau ? "{ samples, tau }, or the mean of classes," : "or { samples },"}`;
  refuseResult(action, "the prediction", value, parts);
  if (hasFields(value) && "samples" in value) {
    onlyOptions(`${action}: a sampled prediction`, value, hasTau ? ["samples", "tau"] : ["samples"]);
    const tau = hasTau ? positive(action, "tau", value.tau) : Number.NaN;
    return { kind: "sampled", samples: toSamples(action, value.samples), tau };
  }
  if (!hasFields(value) || !("mean" in value)) {
    const state = hasFields(value)
      ? `has ${Object.keys(value).join(", ") || "no fields"}`
      : `is ${printed(value)}`;
    throw new TypeError(
      `Cannot ${action}: the prediction ${state}, mean and variance, or samples, are wanted`,
    );
  }
  onlyOptions(`${action}: a Gaussian prediction`, value, ["mean", "variance"]);
  const mean = toFloat64(action, "mean", value.mean);
  const variance = toFloat64(action, "variance", value.variance);
  sameRows(action, ["variance", variance.shape], ["mean", mean.shape]);
  // The density of a point is infinite; as a prediction that is scored by distance it is a sharp one.
  const [wanted, least] = hasTau ? ["a number above 0", Number.MIN_VALUE] : ["a number of at least 0", 0];
  everyValue(action, "variance", variance, wanted, (number) => number >= least);
  return { kind: "gaussian", mean, variance };
}
