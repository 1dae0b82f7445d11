// The main job on real digits: train with dropout, predict with uncertainty, and set exact beside sampled.
import { join } from "node:path";
import { crossCheckTable, verdict } from "./crossCheckTable.ts";
import { loadMnist } from "./dataset.ts";
import { hiddenFeatures } from "./features.ts";
import { figuresOf } from "./figures.ts";
import { logisticHead, pick, scoreOfHead, softmaxHead } from "./head.ts";
import { digitNetwork, featureNetwork, scoreOfWeightScaled, train } from "./network.ts";
import { type Plan, planFrom, usage } from "./options.ts";
import { ProgressBar } from "./progress.ts";
import { rotationTable, scoreTable } from "./report.ts";
import { studyRotation } from "./rotation.ts";
import { score } from "./score.ts";
import { count, percent } from "./table.ts";
import { writeFigures } from "./writeFigures.ts";

const say = (text: string) => console.log(text);

/** What `make` returns; an error in it ends the program with one line and this exit status. */
function orExit<Value>(status: number, make: () => Value): Value {
  try {
    return make();
  } catch (error) {
    console.error(`mnist demo: ${(error as Error).message}`);
    process.exit(status);
  }
}

/**
 * Four rows from the least sure to a typical one: those at shares 0, 0.01, 0.05 and 0.5 in the order of
 * entropy.
 */
function unsureAndSure(entropies: Float64Array): number[] {
  const order = [...entropies.keys()].sort((a, b) => (entropies[b] as number) - (entropies[a] as number));
  return [0, 0.01, 0.05, 0.5].map((share) => order[Math.floor(share * order.length)] as number);
}

async function run(plan: Plan): Promise<void> {
  const started = performance.now();
  const data = orExit(1, () => loadMnist(plan.trainRows, plan.testRows));
  const { test } = data;
  say(`MNIST: ${count(plan.trainRows)} training images, ${count(plan.testRows)} test images`);

  let bar = new ProgressBar("training");
  const model = digitNetwork(1);
  const history = await train(model, data, { epochs: plan.epochs, bar });
  say(`784-256-256-10 with dropout, epochs: ${plan.epochs}, in ${bar.end()}\n`);

  bar = new ProgressBar("sampling subnetworks");
  const sampled = await model.predictMC(test.images, {
    samples: plan.samples,
    seed: 3,
    onProgress: bar.follow,
  });
  bar.end();
  const weightScaled = await scoreOfWeightScaled(model, test);
  say(scoreTable(weightScaled, score(sampled.mean, test.labels.data), plan.samples));

  const rotation = await studyRotation(model, test, plan);
  say(
    `\nEntropies in nats: means over ${plan.rotatedDigits} digits, and ${plan.noiseImages} images of uniform noise`,
  );
  say(rotationTable(rotation));

  bar = new ProgressBar("training heads");
  const trunk = featureNetwork(model);
  const features = hiddenFeatures(trunk, data, plan.features);
  const rows = { features: features.train, labels: data.train.labels };
  const head = await softmaxHead(rows, plan, bar);
  const logistic = await logisticHead(rows, plan, bar);
  const { accuracy } = await scoreOfHead(head, { features: features.test, labels: test.labels });
  bar.end();

  bar = new ProgressBar("enumerating subnetworks");
  const chosen = unsureAndSure(sampled.predictiveEntropy?.data ?? new Float64Array(plan.testRows));
  const check = await head.crossCheck(pick(features.test, chosen), {
    samples: plan.crossSamples,
    seed: 6,
    onProgress: bar.follow,
  });
  const firstRows = Array.from({ length: plan.gapDigits }, (_, row) => row);
  const logisticExact = await logistic.exact(pick(features.test, firstRows), { onProgress: bar.follow });
  const { evaluations, subnetworks } = check.exact;
  say(`\nA head on ${plan.features} hidden units, ${percent(accuracy)} right, with ${plan.gates} gates`);
  say(`All of its ${count(subnetworks)} subnetworks beside ${count(plan.crossSamples)} sampled ones`);
  const labels = chosen.map((row) => test.labels.data[row] as number);
  say(crossCheckTable(check, labels));
  say(`${verdict(check)} ${count(evaluations)} exact passes, all in ${bar.end()}.`);
  // The NWGM of a softmax is the softmax of its mean input, and here the deterministic pass computes just
  // that.
  say("NWGM and O* are one number here, as every gate feeds the output directly; neither is E.\n");

  const figures = figuresOf({ history, rotation, check, logistic: logisticExact }, plan);
  const files = writeFigures(join(import.meta.dirname, "figures"), figures);
  say(`Figures, each with its data as .csv beside it:\n${files.map((file) => `  ${file}`).join("\n")}`);
  for (const each of [model, trunk, head, logistic]) each.dispose();
  say(`\nAll in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  if (!check.agrees) process.exitCode = 1;
}

const plan = orExit(2, () => planFrom(process.argv.slice(2)));
if (plan === undefined) say(usage);
else await run(plan);
