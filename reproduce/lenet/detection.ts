// Does uncertainty find what the network gets wrong, and what is no digit at all?
import { type MCResult, type Model, scores, type Tensor } from "thinned";
import type { Digits } from "../../examples/mnist/dataset.ts";
import { type SetResults, wrongOf } from "./calibration.ts";
import type { Config } from "./options.ts";

/** Areas under the ROC curve of an uncertainty, for errors on the clean digits and for images that are no digits. */
export interface Detection {
  readonly uncertainty: string;
  readonly errors: number;
  readonly noDigits: number;
}

/** Returns how well each uncertainty tells errors and images that are no digits. */
export async function detectionOf(
  model: Model,
  clean: SetResults,
  noDigits: Digits,
  { samples, seed }: Config,
): Promise<Detection[]> {
  const foreign = await model.predictMC(noDigits.images, { samples, seed: seed + 2 });
  const scaled = entropyOf(clean.probabilities["weight-scaled"]);
  const scaledForeign = entropyOf(
    scores.applyTemperature(model.predict(noDigits.images, { layer: "logits" }), 1),
  );
  const of = (name: "predictiveEntropy" | "mutualInformation" | "variationRatio", result: MCResult) =>
    (result[name] as Tensor<Float64Array>).data;
  const wrong = {
    scaled: wrongOf(clean.probabilities["weight-scaled"], clean.labels),
    sampled: wrongOf(clean.probabilities["mean of samples"], clean.labels),
  };
  const row = (
    uncertainty: string,
    errors: Float64Array,
    ofClean: Float64Array,
    ofForeign: Float64Array,
  ): Detection => ({
    uncertainty,
    errors: scores.auroc(ofClean, errors),
    noDigits: scores.auroc([...ofClean, ...ofForeign], [...ofClean.map(() => 0), ...ofForeign.map(() => 1)]),
  });
  const sampledRow = (title: string, name: Parameters<typeof of>[0]) =>
    row(title, wrong.sampled, of(name, clean.sampled), of(name, foreign));
  return [
    row("entropy, weight-scaled", wrong.scaled, scaled, scaledForeign),
    sampledRow("predictive entropy", "predictiveEntropy"),
    sampledRow("mutual information", "mutualInformation"),
    sampledRow("variation ratio", "variationRatio"),
  ];
}

/** Entropies of the rows, `[rows, classes]`, in nats: those of the mean of one sample. */
export function entropyOf({ data, shape }: Tensor<Float64Array>): Float64Array {
  return scores.maxEntropy({ data, shape: [1, ...shape] }).data;
}
