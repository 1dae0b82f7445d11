import { adam, dense, dropout, type Model, sequential } from "thinned";
import type { Digits } from "./dataset.ts";
import type { Plan } from "./options.ts";
import type { ProgressBar } from "./progress.ts";

/** Features of the rows and what they show. */
export interface Labelled {
  readonly features: { readonly data: Float32Array; readonly shape: number[] };
  readonly labels: Digits["labels"];
}

/** What the two heads do not share. */
interface HeadKind {
  readonly activation: "softmax" | "sigmoid";
  readonly loss: "sparseCategoricalCrossentropy" | "binaryCrossentropy";
  readonly targets: { readonly data: Float32Array; readonly shape: number[] };
  readonly plan: Plan;
}

async function trainedHead(features: Labelled["features"], kind: HeadKind, bar: ProgressBar): Promise<Model> {
  const { activation, loss, targets, plan } = kind;
  const layers = [dense(plan.gates, { activation: "sigmoid" }), dropout(0.5), dense(10, { activation })];
  const model = sequential(layers, { inputShape: [plan.features], seed: 4 });
  await model.fit(features, targets, {
    epochs: plan.headEpochs,
    batchSize: 128,
    optimizer: adam({ learningRate: 0.01 }),
    loss,
    seed: 5,
    onProgress: bar.follow,
  });
  return model;
}

/**
 * A classifier whose only gates are `plan.gates` hidden units: few enough to enumerate all of its
 * subnetworks.
 */
export function softmaxHead({ features, labels }: Labelled, plan: Plan, bar: ProgressBar): Promise<Model> {
  const loss = "sparseCategoricalCrossentropy";
  return trainedHead(features, { activation: "softmax", loss, targets: labels, plan }, bar);
}

/**
 * The same with ten logistic units, one class against the rest each: the units that the theory of E − NWGM
 * (Baldi & Sadowski 2013) is about.
 */
export function logisticHead({ features, labels }: Labelled, plan: Plan, bar: ProgressBar): Promise<Model> {
  const count = labels.data.length;
  const oneHot = new Float32Array(count * 10); // [rows, 10]
  for (const [row, label] of labels.data.entries()) oneHot[row * 10 + label] = 1;
  const targets = { data: oneHot, shape: [count, 10] };
  return trainedHead(features, { activation: "sigmoid", loss: "binaryCrossentropy", targets, plan }, bar);
}

/** Accuracy and loss of the weight-scaled head. */
export function scoreOfHead(
  model: Model,
  { features, labels }: Labelled,
): Promise<{ loss: number; accuracy: number }> {
  return model.evaluate(features, labels, { loss: "sparseCategoricalCrossentropy", metrics: ["accuracy"] });
}

/** Rows `indices` of `features`, as a new batch. */
export function pick(features: Labelled["features"], indices: readonly number[]): Labelled["features"] {
  const width = features.shape[1] as number;
  const data = new Float32Array(indices.length * width); // [indices, width]
  for (const [row, index] of indices.entries()) {
    data.set(features.data.subarray(index * width, (index + 1) * width), row * width);
  }
  return { data, shape: [indices.length, width] };
}
