// Srivastava et al. (2014), "Dropout: a simple way to prevent neural networks from overfitting", table 2: a rectifier network of
// three hidden layers with 1,024 units each, with dropout and max-norm, errs on 1.06 % of the test digits; 1.25 % without max-norm.
import { trainingCurve } from "@thinned/plot";
import { init, type Model } from "thinned";
import { type Digits, loadMnist } from "../../examples/mnist/dataset.ts";
import { ProgressBar } from "../../examples/mnist/progress.ts";
import { count, percent, table } from "../../examples/mnist/table.ts";
import { outputFolder, writeFigures, writeRecord } from "../output.ts";
import type { Study } from "../study.ts";
import { type Run, readRun, usage } from "./options.ts";
import { network, train } from "./train.ts";

const published = { withMaxNorm: 0.0106, withoutMaxNorm: 0.0125, withoutDropout: 0.016 };

async function run(args: readonly string[]): Promise<void> {
  const plan = readRun(args);
  const { config } = plan;
  const { variant, fallback } = await init({ variant: plan.variant });
  if (fallback !== undefined) console.error(`mnist-mlp: running on ${variant}: ${fallback}`);
  const data = loadMnist(config.trainRows, config.testRows);
  using model = network(config);
  const folder = outputFolder(plan.name);
  const { history, seconds } = await train(model, data, plan, folder);
  const scores = await scoresOf(model, data.test, plan);
  report(scores, history.epoch.length, seconds);
  const title = `784-1024-1024-1024-10 on ${count(config.trainRows)} digits`;
  const curve = trainingCurve(history.history, {
    title,
    heldOut: "test",
  });
  const record = { config, variant, seconds, ...scores, history: history.history };
  const paths = [...writeFigures(folder, { training: curve }), ...writeRecord(plan.name, record, plan.keep)];
  console.log(`\nWritten:\n${paths.map((path) => `  ${path}`).join("\n")}`);
}

interface Scores {
  readonly weightScaled: { readonly error: number; readonly loss: number };
  readonly sampled: { readonly error: number; readonly loss: number };
}

/** Error and mean negative log-likelihood of the weight-scaled network, and of the mean of sampled ones. */
async function scoresOf(model: Model, test: Digits, { config }: Run): Promise<Scores> {
  const loss = "sparseCategoricalCrossentropy";
  const scaled = await model.evaluate(test.images, test.labels, { loss, metrics: ["accuracy"] });
  const bar = new ProgressBar("sampling subnetworks");
  const { mean } = await model.predictMC(test.images, {
    samples: config.samples,
    seed: config.seed + 2,
    onProgress: bar.follow,
  });
  bar.end();
  return {
    weightScaled: { error: 1 - (scaled.accuracy ?? 0), loss: scaled.loss },
    sampled: scoreOf(mean.data, test.labels.data),
  };
}

function scoreOf(probabilities: ArrayLike<number>, labels: Float32Array): Scores["sampled"] {
  const classes = probabilities.length / labels.length;
  let wrong = 0;
  let loss = 0;
  for (const [row, label] of labels.entries()) {
    const own = Array.from({ length: classes }, (_, index) => probabilities[row * classes + index] ?? 0);
    if (own.indexOf(Math.max(...own)) !== label) wrong++;
    loss -= Math.log(own[label] ?? 0);
  }
  return { error: wrong / labels.length, loss: loss / labels.length };
}

function report({ weightScaled, sampled }: Scores, epochs: number, seconds: number): void {
  const rows = [
    ["weight-scaled", percent(weightScaled.error), weightScaled.loss.toFixed(4)],
    ["mean of samples", percent(sampled.error), sampled.loss.toFixed(4)],
    ["published, max-norm", percent(published.withMaxNorm), ""],
    ["published, dropout alone", percent(published.withoutMaxNorm), ""],
    ["published, no dropout", percent(published.withoutDropout), ""],
  ];
  console.log(
    `\nTest error and negative log-likelihood in nats after ${epochs} epochs, ${seconds.toFixed(0)} s of training`,
  );
  console.log(table(["network", "error", "NLL"], rows));
}

export const study: Study = {
  about: "Srivastava et al. 2014: MNIST by a rectifier network with dropout and max-norm",
  usage,
  run,
};
