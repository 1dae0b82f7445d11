import { adam, exponentialDecay, type History, type Model } from "thinned";
import type { Digits } from "../../examples/mnist/dataset.ts";
import { ProgressBar } from "../../examples/mnist/progress.ts";
import { checkpointIn, resuming } from "../checkpoint.ts";
import { TrainingTime } from "../trainingTime.ts";
import type { Run } from "./options.ts";
import type { Probe } from "./probe.ts";

/** What training came to; `history` is undefined when the time was too short for one epoch. */
export interface Training {
  readonly history: History | undefined;
  readonly seconds: number;
}

/**
 * Trains `model` in place until its time or its epochs are over; goes on from a checkpoint in `folder` if there is one. The recipe is that of
 * Hinton et al. (2012) but for what the page of results says was tuned.
 */
export async function train(
  model: Model,
  { train: rows, test }: { readonly train: Digits; readonly test: Digits },
  { config, epochs, minutes, restart }: Run,
  probe: Probe,
  folder: string,
): Promise<Training> {
  const { batchSize, learningRate, decay, seed } = config;
  const checkpoint = checkpointIn(folder, restart);
  const time = new TrainingTime();
  const bar = new ProgressBar("training");
  const untilNow = new AbortController();
  let finished = 0;
  const initial = model.getWeights();
  try {
    const history = await resuming(
      checkpoint,
      model.fit(rows.images, rows.labels, {
        epochs,
        batchSize,
        loss: "sparseCategoricalCrossentropy",
        metrics: ["accuracy"],
        optimizer: adam({ learningRate: exponentialDecay({ start: learningRate, factor: decay }) }),
        validationData: [test.images, test.labels],
        seed: seed + 1,
        checkpoint,
        resume: true,
        signal: untilNow.signal,
        onProgress: ({ done, total, loss }) => {
          bar.update(done / total, `loss ${loss.toFixed(4)}`);
          // An epoch that is begun after others is finished. Before the first look, data are read.
          if (probe.looks > 0 && probe.epochs === 0 && time.ofThisRun > 60 * minutes) untilNow.abort();
        },
        callbacks: [
          time,
          probe,
          {
            onTrainBegin: (control) => {
              // How long an epoch takes is known from those that a checkpoint brought.
              if (probe.epochs > 0 && time.ofThisRun + time.before / probe.epochs > 60 * minutes)
                control.pause();
            },
            onEpochEnd: (epoch, { loss, valAccuracy = 0 }, control) => {
              finished++;
              const error = (100 * (1 - valAccuracy)).toFixed(2);
              const line = `loss ${loss.toFixed(4)}, test error ${error} %, ${time.seconds.toFixed(0)} s`;
              bar.step(`epoch ${epoch + 1}, ${line}`);
              // Another epoch would take as long as those of this run have taken.
              const next = time.ofThisRun * (1 + 1 / finished);
              if (next > 60 * minutes) control.pause();
            },
          },
        ],
      }),
    );
    return { history, seconds: time.seconds };
  } catch (error) {
    if (!untilNow.signal.aborted) throw error;
    model.setWeights(initial);
    return { history: undefined, seconds: time.seconds };
  } finally {
    bar.end();
  }
}
