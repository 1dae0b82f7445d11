import { dense, dropout, sequential } from "thinned";
import type { Digits } from "../../examples/mnist/dataset.ts";
import type { DenseLayer } from "../data/network.ts";

/** Of the gates on the pixels. */
const RATE = 0.2;

/** Returns the first layer, logistic, of a network with one hidden layer after some epochs of dropout training on digits. */
export async function trainedLayer(
  { images, labels }: Digits,
  units: number,
  epochs: number,
): Promise<DenseLayer> {
  const inputs = images.shape[1];
  using model = sequential(
    [
      dropout(RATE),
      dense(units, { activation: "sigmoid" }),
      dropout(0.5),
      dense(10, { activation: "softmax" }),
    ],
    { inputShape: [inputs], seed: 1 },
  );
  const loss = "sparseCategoricalCrossentropy";
  await model.fit(images, labels, { loss, epochs, batchSize: 100, seed: 1, variant: "simd128" });
  const [kernel, bias] = model.getWeights();
  if (kernel === undefined || bias === undefined)
    throw new Error("Cannot take a layer of a model without weights");
  return {
    inputs,
    units,
    activation: "sigmoid",
    rate: RATE,
    kernel: kernel.data.slice(),
    bias: bias.data.slice(),
  };
}
