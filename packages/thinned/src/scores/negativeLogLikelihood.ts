import type { TensorLike } from "../tensor.js";
import { baseInstance } from "../wasm/instance.js";
import { toClassRows } from "./classes.js";
import { type GaussianPrediction, type SampledPrediction, toPrediction } from "./prediction.js";
import { byRows } from "./samples.js";
import { hasFields, inRange, meanOf, sameRows, toFloat64 } from "./values.js";

const action = "compute a negative log-likelihood";

/**
 * Returns the mean over rows of −log of what was predicted for what came to pass, in nats: the lower, the better. It is
 * proper, and knows no mercy: one label of probability 0 makes it `Infinity`.
 *
 * * Classes: `−log p(label)`; probabilities `[batch, classes]`, or `[batch]` those of class 1 of two; labels `[batch]`.
 * * `{ mean, variance }`: `Σ ½ log 2πσ² + (y − μ)² / 2σ²` over the outputs of a row. The variance is that of an observation,
 *   above 0, such as `predictiveVariance`: that of the subnetworks alone leaves the noise out.
 * * `{ samples, tau }`: `−log (1/T) Σ_t N(y; ŷ_t, τ⁻¹ I)`, as `−logsumexp_t(−½τ‖y − ŷ_t‖²) + log T + ½ D log 2π − ½ D log τ`
 *   (Gal & Ghahramani 2016), with samples `[samples, batch, ...outputs]` and the precision `tau` of the noise. This is the
 *   negative of the test log-likelihood of the published tables.
 *
 * Targets are `[batch, ...outputs]` in their own unit; for densities the value depends on that unit. `loss:
 * "gaussianNegativeLogLikelihood"` of `fit()` leaves out `½ log 2π` and takes the mean over outputs.
 *
 * @throws ShapeError when shapes do not fit; RangeError when a row of probabilities does not sum to 1 within 1e-4, a label is
 *   no class, a variance or `tau` is not above 0, or a number, or the likelihood of a number, is not finite
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { scores } from "thinned";
 *
 * assert.equal(scores.negativeLogLikelihood([[0.5, 0.5], [0.75, 0.25]], [0, 0]), (Math.log(2) - Math.log(0.75)) / 2);
 * const surprised = scores.negativeLogLikelihood({ mean: [0], variance: [1] }, [3]);
 * assert.ok(Math.abs(surprised - (0.5 * Math.log(2 * Math.PI) + 4.5)) < 1e-12);
 * // Samples that agree are one Gaussian of variance 1 / tau.
 * const sampled = scores.negativeLogLikelihood({ samples: [[0], [0]], tau: 1 }, [3]);
 * assert.ok(Math.abs(sampled - surprised) < 1e-12);
 * ```
 */
export function negativeLogLikelihood(
  prediction: TensorLike | GaussianPrediction | (SampledPrediction & { readonly tau: number }),
  targets: TensorLike,
): number {
  const module = baseInstance();
  if (!hasFields(prediction)) {
    const { values, width, labels } = toClassRows(action, prediction, targets);
    return module.run((boundary) => boundary.classNegativeLogLikelihood(values.data, width, labels));
  }
  const checked = toPrediction(action, prediction, true);
  const { data, shape } = toFloat64(action, "targets", targets);
  if (checked.kind === "gaussian") {
    const { mean, variance } = checked;
    sameRows(action, ["targets", shape], ["mean", mean.shape]);
    const each = module.run((boundary) =>
      boundary.gaussianNegativeLogLikelihood(mean.data, variance.data, data),
    );
    const ofTargets = meanOf(action, each, "target");
    return inRange(action, "the sum over outputs", ofTargets * (each.length / (shape[0] as number)));
  }
  const { samples, tau } = checked;
  sameRows(action, ["targets", shape], ["one of samples", samples.values.shape.slice(1)]);
  const { width } = samples;
  const each = byRows(samples, (some, first, rows) =>
    module.run((boundary) =>
      boundary.sampledNegativeLogLikelihood(
        some,
        data.subarray(first * width, (first + rows) * width),
        rows,
        tau,
      ),
    ),
  );
  return meanOf(action, each, "row");
}
