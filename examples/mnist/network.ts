import { adam, dense, dropout, type History, type Model, sequential } from "thinned";
import { type Digits, pixels } from "./dataset.ts";
import type { ProgressBar } from "./progress.ts";

const loss = "sparseCategoricalCrossentropy";

/** Up to the second hidden layer, without its gates. */
function hiddenLayers() {
  return [dropout(0.2), dense(256, { activation: "relu" }), dropout(0.5), dense(256, { activation: "relu" })];
}

/** 784-256-256-10 with dropout on the input and on both hidden layers, weights drawn from `seed`. */
export function digitNetwork(seed: number): Model {
  const layers = [...hiddenLayers(), dropout(0.5), dense(10, { activation: "softmax" })];
  return sequential(layers, { inputShape: [pixels], seed });
}

/** Trains `model` in place and measures it on the test rows after each epoch. */
export function train(
  model: Model,
  { train: rows, test }: { train: Digits; test: Digits },
  { epochs, bar }: { epochs: number; bar: ProgressBar },
): Promise<History> {
  return model.fit(rows.images, rows.labels, {
    epochs,
    batchSize: 128,
    optimizer: adam(),
    loss,
    metrics: ["accuracy"],
    validationData: [test.images, test.labels],
    seed: 2,
    callbacks: [
      {
        onEpochEnd: (epoch, logs) => {
          const accuracy = ((logs.valAccuracy ?? 0) * 100).toFixed(2);
          bar.step(
            `epoch ${epoch + 1} of ${epochs}, loss ${logs.loss.toFixed(4)}, test accuracy ${accuracy} %`,
          );
        },
      },
    ],
    onProgress: ({ done, total, loss: current }) => bar.update(done / total, `loss ${current.toFixed(4)}`),
  });
}

/** Loss and accuracy of the weight-scaled network: one deterministic pass per row. */
export function scoreOfWeightScaled(
  model: Model,
  digits: Digits,
): Promise<{ loss: number; accuracy: number }> {
  return model.evaluate(digits.images, digits.labels, { loss, metrics: ["accuracy"] });
}

/** The trained network cut off after its second hidden layer: its output is that layer's activities. */
export function featureNetwork(trained: Model): Model {
  const model = sequential(hiddenLayers(), { inputShape: [pixels] });
  // Kernel and bias of two dense layers; dropout layers have no weights.
  model.setWeights(trained.getWeights().slice(0, 4));
  return model;
}
