import { printed, printedShape } from "../argument.js";
import { ShapeError } from "../errors.js";
import type { MCResult } from "../mcResult.js";
import { indexed, type Tensor, toOwnTensor } from "../tensor.js";
import { simd128Instance } from "../wasm/instance.js";

/** What a network that predicts its noise says of `targets` numbers a row, each `[batch, targets]`. */
export interface HeteroscedasticVariance {
  /** `E[μ]`. */
  readonly mean: Tensor<Float64Array>;
  /** `E[e^s]`: the noise of the data, which more data do not lower. */
  readonly aleatoric: Tensor<Float64Array>;
  /** `Var[μ]`, divisor `samples`: what the network does not know. */
  readonly epistemic: Tensor<Float64Array>;
  /** Their sum, the variance of an observation. */
  readonly predictiveVariance: Tensor<Float64Array>;
}

/**
 * Resolves to the two parts of the predictive variance of a network trained with `"gaussianNegativeLogLikelihood"`, whose outputs are
 * means and then as many logarithms of variances (Kendall & Gal 2017, eq. 9).
 *
 * @param result - of `predictMC()` of its output with `keepSamples: true`
 * @throws TypeError when the samples were not kept
 * @throws ShapeError when a row has an odd number of outputs
 * @throws RangeError when a sample is not finite, or a variance is beyond the range of float64
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { bayes, dense, dropout, sequential } from "thinned";
 *
 * const model = sequential([dropout(0.5), dense(2, { useBias: false })], { inputShape: [1], seed: 1 });
 * model.setWeights([[[1, 0]]]); // μ is 0 or 2, s is 0
 * const result = await model.predictMC([[1]], { samples: 1000, keepSamples: true });
 * const { aleatoric, epistemic } = await bayes.varianceParts(result);
 * assert.equal(aleatoric.data[0], 1);
 * assert.ok(Math.abs((epistemic.data[0] ?? 0) - 1) < 0.1);
 * ```
 */
export async function varianceParts(result: Pick<MCResult, "samples">): Promise<HeteroscedasticVariance> {
  const action = "part a variance";
  if (result?.samples === undefined) {
    throw new TypeError(
      `Cannot ${action}: result.samples is ${printed(result?.samples)}, a result of predictMC() with keepSamples: true is wanted`,
    );
  }
  const { data, shape } = toOwnTensor(action, "result.samples", result.samples);
  const [count = 0, rows = 0, width = 0] = shape;
  if (shape.length !== 3 || count === 0 || rows === 0 || width === 0 || width % 2 === 1) {
    throw new ShapeError(
      `Cannot ${action}: result.samples has shape ${printedShape(shape)}, [samples, batch, 2·targets] is wanted`,
    );
  }
  const instance = await simd128Instance();
  const numbers = instance.run((boundary) => boundary.heteroscedasticParts(data, count, width));
  const size = (rows * width) / 2;
  const part = (index: number) => ({
    data: numbers.slice(index * size, (index + 1) * size),
    shape: [rows, width / 2],
  });
  const [mean, aleatoric, epistemic] = [part(0), part(1), part(2)];
  const tooLarge = aleatoric.data.findIndex((value) => !Number.isFinite(value));
  if (tooLarge >= 0) {
    throw new RangeError(
      `Cannot ${action}: ${indexed("aleatoric", aleatoric.shape, tooLarge)} is ${aleatoric.data[tooLarge]}, since a sample of the logarithm of that variance is above 709; smaller ones are wanted`,
    );
  }
  const total = aleatoric.data.map((value, i) => value + (epistemic.data[i] as number));
  return { mean, aleatoric, epistemic, predictiveVariance: { data: total, shape: [rows, width / 2] } };
}
