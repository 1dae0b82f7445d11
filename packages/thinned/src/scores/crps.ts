import { oneOf, onlyOptions } from "../argument.js";
import { ShapeError } from "../errors.js";
import type { TensorLike } from "../tensor.js";
import { baseInstance } from "../wasm/instance.js";
import { type GaussianPrediction, type SampledPrediction, toPrediction } from "./prediction.js";
import { byRows } from "./samples.js";
import { meanOf, sameRows, toFloat64 } from "./values.js";

/** How samples are scored. */
export interface CrpsOptions {
  /**
   * Of samples: `"fair"` (default) is an unbiased estimate of the CRPS of the distribution that they were drawn from, and may be
   * negative for a row; at least 2 samples. `"empirical"` is the CRPS of the samples themselves, larger by `E|X − X'| / 2T`.
   */
  readonly estimator?: "fair" | "empirical" | undefined;
}

const action = "compute the CRPS";

/**
 * Returns the continuous ranked probability score `∫ (F(x) − [x ≥ y])² dx = E|X − y| − ½ E|X − X'|`, the mean over all targets in
 * their unit: the lower, the better. It is proper, of a point it is the absolute error, and one miss costs its distance, not
 * its square (Gneiting & Raftery 2007).
 *
 * * `{ mean, variance }`: `σ (z (2Φ(z) − 1) + 2φ(z) − 1/√π)`, `z = (y − μ)/σ`, of the variance of an observation, at least 0.
 * * `{ samples }` `[samples, batch, ...outputs]`: over pairs of samples, see `estimator` (Ferro 2014 on the two). Kept samples
 *   of a network are without the noise of an observation; add it, or use `{ mean, variance: predictiveVariance }`.
 *
 * Targets are `[batch, ...outputs]`. Cost: `O(T log T)` for each target and `T` samples.
 *
 * @throws ShapeError when shapes do not fit; RangeError when a variance is below 0, a number or the score is not finite, or one sample
 *   should be scored fairly
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { scores } from "thinned";
 *
 * const sharp = scores.crps({ mean: [1], variance: [0.01] }, [1]);
 * assert.ok(sharp < scores.crps({ mean: [1], variance: [1] }, [1]));
 * assert.equal(scores.crps({ mean: [1], variance: [0] }, [3]), 2);
 * assert.equal(scores.crps({ samples: [[0], [2]] }, [1], { estimator: "empirical" }), 0.5);
 * assert.equal(scores.crps({ samples: [[0], [2]] }, [1]), 0);
 * ```
 */
export function crps(
  prediction: GaussianPrediction | SampledPrediction,
  targets: TensorLike,
  options: CrpsOptions = {},
): number {
  onlyOptions(action, options, ["estimator"]);
  const estimator = oneOf(action, "estimator", options.estimator ?? "fair", ["fair", "empirical"]);
  const module = baseInstance();
  const checked = toPrediction(action, prediction, false);
  const { data, shape } = toFloat64(action, "targets", targets);
  if (checked.kind === "gaussian") {
    const { mean, variance } = checked;
    sameRows(action, ["targets", shape], ["mean", mean.shape]);
    const each = module.run((boundary) => boundary.gaussianCrps(mean.data, variance.data, data));
    return meanOf(action, each, "target");
  }
  const { samples } = checked;
  sameRows(action, ["targets", shape], ["one of samples", samples.values.shape.slice(1)]);
  if (estimator === "fair" && samples.count < 2) {
    throw new ShapeError(`Cannot ${action}: samples has 1 sample, at least 2 are wanted for a fair score`);
  }
  const { width } = samples;
  const each = byRows(samples, (some, first, rows) =>
    module.run((boundary) =>
      boundary.sampledCrps(some, data.subarray(first * width, (first + rows) * width), estimator === "fair"),
    ),
  );
  return meanOf(action, each, "target");
}
