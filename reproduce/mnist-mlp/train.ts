import { cosineDecay, dense, dropout, type History, type Model, sequential, sgd } from "thinned";
import { type Digits, pixels } from "../../examples/mnist/dataset.ts";
import { ProgressBar } from "../../examples/mnist/progress.ts";
import { checkpointIn, resuming } from "../checkpoint.ts";
import { TrainingTime } from "../trainingTime.ts";
import type { Config, Run } from "./options.ts";

/** 784-1024-1024-1024-10 with rectifiers, dropout before every layer and bounded incoming weights. */
export function network({ hidden, inputRate, hiddenRate, maxNorm, seed }: Config): Model {
  const layers = hidden.flatMap((units, index) => [
    dropout(index === 0 ? inputRate : hiddenRate),
    dense(units, { activation: "relu", kernelInitializer: "heNormal", maxNorm }),
  ]);
  const output = dense(10, { activation: "softmax", maxNorm });
  return sequential([...layers, dropout(hiddenRate), output], { inputShape: [pixels], seed });
}

/** Trains `model` in place; goes on from a checkpoint in `folder` if there is one of the same run. */
export async function train(
  model: Model,
  { train: rows, test }: { readonly train: Digits; readonly test: Digits },
  { config, variant, minutes, restart }: Run,
  folder: string,
): Promise<{ readonly history: History; readonly seconds: number }> {
  const { epochs, batchSize, seed } = config;
  const checkpoint = checkpointIn(folder, restart);
  const stepsPerEpoch = Math.ceil(config.trainRows / batchSize);
  const bar = new ProgressBar("training");
  const time = new TrainingTime();
  const history = await resuming(
    checkpoint,
    model.fit(rows.images, rows.labels, {
      epochs,
      batchSize,
      loss: "sparseCategoricalCrossentropy",
      metrics: ["accuracy"],
      optimizer: sgd({
        learningRate: cosineDecay({
          start: config.learningRate,
          end: 0,
          steps: epochs * stepsPerEpoch,
          warmupSteps: Math.round(config.warmupEpochs * stepsPerEpoch),
        }),
        momentum: config.momentum,
      }),
      validationData: [test.images, test.labels],
      seed: seed + 1,
      variant: variant === "wide" ? "auto" : variant,
      checkpoint,
      resume: true,
      onProgress: ({ done, total, loss }) => bar.update(done / total, `loss ${loss.toFixed(4)}`),
      callbacks: [
        time,
        {
          onEpochEnd: (epoch, { loss, valLoss = 0, valAccuracy = 0 }, control) => {
            const error = (100 * (1 - valAccuracy)).toFixed(2);
            const line = `loss ${loss.toFixed(4)}, test loss ${valLoss.toFixed(4)}, test error ${error} %`;
            bar.step(`epoch ${epoch + 1} of ${epochs}, ${line}, ${time.seconds.toFixed(0)} s`);
            if (time.ofThisRun > 60 * minutes) control.pause();
          },
        },
      ],
    }),
  );
  bar.end();
  return { history, seconds: time.seconds };
}
