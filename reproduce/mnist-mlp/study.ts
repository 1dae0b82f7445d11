// Srivastava et al. (2014), "Dropout: a simple way to prevent neural networks from overfitting", table 2: a rectifier network of
// three hidden layers with 1,024 units each, with dropout and max-norm, errs on 1.06 % of the test digits; 1.25 % without max-norm.
import { trainingCurve } from "@thinned/plot";
import { type Model, scores, type Tensor } from "thinned";
import { type Digits, loadMnist } from "../../examples/mnist/dataset.ts";
import { ProgressBar } from "../../examples/mnist/progress.ts";
import { score } from "../../examples/mnist/score.ts";
import { count, percent, table } from "../../examples/mnist/table.ts";
import { writeFigures } from "../../examples/mnist/writeFigures.ts";
import { announce, outputFolder, writeRecord } from "../output.ts";
import type { Study } from "../study.ts";
import { useVariant } from "../variant.ts";
import { cleanCommand, type Run, readRun, usage } from "./options.ts";
import { network, train } from "./train.ts";

const published = { withMaxNorm: 0.0106, withoutMaxNorm: 0.0125, withoutDropout: 0.016 };

async function run(args: readonly string[]): Promise<void> {
  const plan = readRun(args);
  const { config } = plan;
  const variant = await useVariant("mnist-mlp", plan.variant);
  const data = loadMnist(config.trainRows, config.testRows);
  using model = network(config);
  const folder = outputFolder(plan.name);
  const { history, seconds } = await train(model, data, plan, folder);
  const found = await scoresOf(model, data.test, plan);
  console.log(`\n${reportOf({ ...found, history: history.history, seconds })}`);
  const title = `784-1024-1024-1024-10 on ${count(config.trainRows)} digits`;
  const curve = trainingCurve(history.history, {
    title,
    heldOut: "test",
  });
  const record = {
    command: cleanCommand(plan, variant, { epochs: history.epoch.length, seconds }),
    config,
    variant,
    seconds,
    ...found,
    history: history.history,
  };
  const paths = [
    ...writeFigures(folder, { training: curve }),
    ...(await writeRecord(plan.name, record, plan.keep)),
  ];
  announce(paths);
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
    sampled: scoreOf(mean, test.labels),
  };
}

function scoreOf(probabilities: Tensor<Float64Array>, labels: Digits["labels"]): Scores["sampled"] {
  const { accuracy } = score(probabilities, labels.data);
  return { error: 1 - accuracy, loss: scores.negativeLogLikelihood(probabilities, labels) };
}

/** What a run came to. */
interface Found extends Scores {
  readonly history: { readonly loss: readonly number[] };
  readonly seconds: number;
}

function reportOf({ weightScaled, sampled, history, seconds }: Found): string {
  const rows = [
    ["weight-scaled", percent(weightScaled.error), weightScaled.loss.toFixed(4)],
    ["mean of samples", percent(sampled.error), sampled.loss.toFixed(4)],
    ["published, max-norm", percent(published.withMaxNorm), ""],
    ["published, dropout alone", percent(published.withoutMaxNorm), ""],
    ["published, no dropout", percent(published.withoutDropout), ""],
  ];
  const epochs = `${history.loss.length} epochs, ${seconds.toFixed(0)} s of training`;
  return `Test error and negative log-likelihood in nats after ${epochs}\n${table(["network", "error", "NLL"], rows)}`;
}

export const study: Study = {
  about: "Srivastava et al. 2014: MNIST by a rectifier network with dropout and max-norm",
  usage,
  run,
  section: (found: Found) => `\`\`\`\n${reportOf(found)}\n\`\`\``,
};
