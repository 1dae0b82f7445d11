import {
  activation,
  adam,
  conv2d,
  cosineDecay,
  dense,
  dropout,
  flatten,
  type History,
  type Model,
  maxPool2d,
  reshape,
  sequential,
} from "thinned";
import { type Digits, pixels } from "../../examples/mnist/dataset.ts";
import { ProgressBar } from "../../examples/mnist/progress.ts";
import { checkpointIn, resuming } from "../checkpoint.ts";
import { TrainingTime } from "../trainingTime.ts";
import type { Config } from "./options.ts";

/** LeNet as in Gal and Ghahramani (2016): dropout before the last layer alone; the input of the softmax has a layer of its own. */
export function network({ rate, seed }: Config): Model {
  const layers = [
    reshape([28, 28, 1]),
    conv2d(20, { kernelSize: 5 }),
    maxPool2d({ poolSize: 2 }),
    conv2d(50, { kernelSize: 5 }),
    maxPool2d({ poolSize: 2 }),
    flatten(),
    dense(500, { activation: "relu" }),
    dropout(rate),
    dense(10, { name: "logits" }),
    activation("softmax", { name: "probabilities" }),
  ];
  return sequential(layers, { inputShape: [pixels], seed });
}

/** Trains `model` in place; goes on from a checkpoint in `folder` if there is one of the same run. */
export async function train(
  model: Model,
  { learned, test }: { readonly learned: Digits; readonly test: Digits },
  { epochs, batchSize, learningRate, seed }: Config,
  folder: string,
  restart: boolean,
): Promise<{ readonly history: History; readonly seconds: number }> {
  const checkpoint = checkpointIn(folder, restart);
  const stepsPerEpoch = Math.ceil(learned.labels.shape[0] / batchSize);
  const bar = new ProgressBar("training");
  const time = new TrainingTime();
  const history = await resuming(
    checkpoint,
    model.fit(learned.images, learned.labels, {
      epochs,
      batchSize,
      loss: "sparseCategoricalCrossentropy",
      metrics: ["accuracy"],
      optimizer: adam({
        learningRate: cosineDecay({
          start: learningRate,
          end: 0,
          steps: epochs * stepsPerEpoch,
          warmupSteps: Math.floor(stepsPerEpoch / 4),
        }),
      }),
      validationData: [test.images, test.labels],
      seed: seed + 1,
      checkpoint,
      resume: true,
      onProgress: ({ done, total, loss }) => bar.update(done / total, `loss ${loss.toFixed(4)}`),
      callbacks: [
        time,
        {
          onEpochEnd: (epoch, { loss, valAccuracy = 0 }) => {
            const accuracy = (100 * valAccuracy).toFixed(2);
            const state = `loss ${loss.toFixed(4)}, test accuracy ${accuracy} %`;
            bar.step(`epoch ${epoch + 1} of ${epochs}, ${state}, ${time.seconds.toFixed(0)} s`);
          },
        },
      ],
    }),
  );
  bar.end();
  return { history, seconds: time.seconds };
}
