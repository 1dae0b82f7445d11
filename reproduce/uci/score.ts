import { type MCResult, scores, type Tensor } from "thinned";
import type { Rows, Trained } from "./network.ts";

/** What a network is worth on rows that it has not seen, in the unit of the target. */
export interface Scores {
  /** Of the mean of the samples. */
  readonly rmse: number;
  /** Mean over the rows, by log-sum-exp over the samples. */
  readonly logLikelihood: number;
  /** Of the weight-scaled network. */
  readonly scaledRmse: number;
  /** Share of targets inside the 95 % interval of the Gaussian with the predictive mean and variance. */
  readonly coverage: number;
  readonly crps: number;
}

export const scoreNames = [
  "rmse",
  "logLikelihood",
  "scaledRmse",
  "coverage",
  "crps",
] as const satisfies readonly (keyof Scores)[];

/** Sampled subnetworks, as published; on simd128 the numbers are the same on every machine. */
const sampling = { samples: 10_000, variant: "simd128" } as const;

/** The mean log-likelihood alone, which the search goes by. */
export async function logLikelihoodOf(
  { model, inputs, target }: Trained,
  rows: Rows,
  tau: number,
  seed: number,
): Promise<number> {
  const [scale = 1] = target.deviation;
  const y = { data: target.transform(rows.targets).data, shape: [rows.targets.length, 1] };
  // Densities of standardised targets are larger by the scale that was taken out.
  const options = { ...sampling, seed, tau: tau * scale ** 2 };
  const { mean } = await model.predictiveLogLikelihood(inputs.transform(rows.inputs), y, options);
  return mean - Math.log(scale);
}

/** Every score. */
export async function scoresOf(trained: Trained, rows: Rows, tau: number, seed: number): Promise<Scores> {
  const { model, inputs, target } = trained;
  const [scale = 1] = target.deviation;
  const x = inputs.transform(rows.inputs);
  const result: MCResult = await model.predictMC(x, { ...sampling, seed, tau: tau * scale ** 2 });
  const mean = target.inverse(result.mean);
  const { data, shape } = result.predictiveVariance as Tensor<Float64Array>;
  const variance = { data: data.map((value) => value * scale ** 2), shape };
  const targets = { data: Float64Array.from(rows.targets), shape: [rows.targets.length, 1] };
  const { lower, upper } = scores.predictionInterval({ mean, variance }, { alpha: 0.05 });
  return {
    rmse: scores.rootMeanSquaredError(mean, targets),
    logLikelihood: await logLikelihoodOf(trained, rows, tau, seed),
    scaledRmse: scores.rootMeanSquaredError(target.inverse(model.predict(x)), targets),
    coverage: scores.predictionIntervalCoverage(lower, upper, targets),
    crps: scores.crps({ mean, variance }, targets),
  };
}
