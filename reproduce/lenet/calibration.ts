// How far the probabilities of three predictions can be trusted: of the weight-scaled network, the same at a fitted temperature, and
// the mean of sampled subnetworks.
import { type MCResult, type Model, scores, type Tensor } from "thinned";
import type { Digits } from "../../examples/mnist/dataset.ts";
import { likeliest } from "../../examples/mnist/score.ts";
import type { Config } from "./options.ts";

export const predictions = ["weight-scaled", "at a temperature", "mean of samples"] as const;
export type PredictionName = (typeof predictions)[number];

/** Scores of one prediction on one test set. */
export interface Calibration {
  readonly error: number;
  readonly negativeLogLikelihood: number;
  readonly brier: number;
  /** 15 bins of equal width, and of equal mass. */
  readonly expectedCalibrationError: { readonly equalWidth: number; readonly equalMass: number };
}

/** Everything about one test set. */
export interface SetResults {
  readonly calibration: Readonly<Record<PredictionName, Calibration>>;
  readonly probabilities: Readonly<Record<PredictionName, Tensor<Float64Array>>>;
  readonly labels: Float32Array;
  readonly sampled: MCResult;
}

/** Returns the temperature that is best on rows that were not learned from. */
export function fitTemperature(model: Model, validation: Digits): number {
  const logits = model.predict(validation.images, { layer: "logits" });
  return scores.temperatureScaling(logits, validation.labels).temperature;
}

/** Scores the three predictions of a test set. */
export async function resultsOf(
  model: Model,
  { images, labels }: Digits,
  temperature: number,
  { samples, seed }: Config,
  onProgress: (progress: { readonly done: number; readonly total: number }) => void,
): Promise<SetResults> {
  const logits = model.predict(images, { layer: "logits" });
  const sampled = await model.predictMC(images, { samples, seed: seed + 2, onProgress });
  const probabilities = {
    "weight-scaled": scores.applyTemperature(logits, 1),
    "at a temperature": scores.applyTemperature(logits, temperature),
    "mean of samples": sampled.mean,
  };
  const calibration = Object.fromEntries(
    predictions.map((name) => [name, calibrationOf(probabilities[name], labels)]),
  ) as Record<PredictionName, Calibration>;
  return { calibration, probabilities, labels: labels.data, sampled };
}

function calibrationOf(probabilities: Tensor<Float64Array>, labels: Digits["labels"]): Calibration {
  const error = (strategy: "equalWidth" | "equalMass") =>
    scores.expectedCalibrationError(probabilities, labels, { strategy });
  const wrong = wrongOf(probabilities, labels.data);
  return {
    error: wrong.reduce((sum, value) => sum + value, 0) / wrong.length,
    negativeLogLikelihood: scores.negativeLogLikelihood(probabilities, labels),
    brier: scores.brier(probabilities, labels),
    expectedCalibrationError: { equalWidth: error("equalWidth"), equalMass: error("equalMass") },
  };
}

/** 1 for each row whose likeliest class is not its label. */
export function wrongOf(probabilities: Tensor<Float64Array>, labels: Float32Array): Float64Array {
  return Float64Array.from(labels, (label, row) => Number(likeliest(probabilities, row) !== label));
}
