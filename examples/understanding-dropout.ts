// "Understanding Dropout" (Baldi & Sadowski 2013), section 6, in one file: train logistic layers on digits, sample every layer, set the first
// one beside all of its subnetworks, draw figure 1. `npm run reproduce understanding-dropout` does it in full, with its checkpoints and page.
// Runs small; with --full the paper's network on all digits, which takes an hour or more.
import assert from "node:assert/strict";
import { join } from "node:path";
import { meanMinusDeterministic, meanMinusNwgm } from "@thinned/plot";
import {
  adam,
  BudgetError,
  dense,
  dropout,
  type ExactResult,
  exponentialDecay,
  type Layer,
  type MCResult,
  sequential,
} from "thinned";
import { loadMnist, pixels } from "./mnist/dataset.ts";
import { count } from "./mnist/table.ts";
import { writeFigures } from "./mnist/writeFigures.ts";

const { rows, units, epochs, samples, learningRate } = process.argv.includes("--full")
  ? { rows: 60_000, units: 1200, epochs: 50, samples: 10_000, learningRate: 0.002 }
  : { rows: 2_000, units: 64, epochs: 12, samples: 1_000, learningRate: 0.01 };

// 784-1200-1200-1200-1200-10 with logistic units, keep 0.8 of the input and 0.5 of hidden units.
const names = ["hidden 1", "hidden 2", "hidden 3", "hidden 4"];
const maxNorm = Math.sqrt(15);
const hidden = names.flatMap((name, index): Layer[] => [
  dropout(index === 0 ? 0.2 : 0.5),
  dense(units, { activation: "sigmoid", name, maxNorm }),
]);
const output = dense(10, { activation: "softmax", name: "output", maxNorm });
const model = sequential([...hidden, dropout(0.5), output], { inputShape: [pixels], seed: 1 });

const { train, test } = loadMnist(rows, 500);
const loss = "sparseCategoricalCrossentropy";
const { history } = await model.fit(train.images, train.labels, {
  epochs,
  batchSize: 100,
  loss,
  optimizer: adam({ learningRate: exponentialDecay({ start: learningRate, factor: 0.95 }) }),
  seed: 2,
});
const { accuracy = 0 } = await model.evaluate(test.images, test.labels, { loss, metrics: ["accuracy"] });
console.log(
  `${epochs} epochs on ${count(rows)} digits: ${(100 * accuracy).toFixed(1)} % of the test digits right`,
);
assert.ok((history.loss?.at(-1) ?? 0) < (history.loss?.[0] ?? 0));

// One test digit. Every layer at once, over the same sampled subnetworks: E, V, and NWGM from means of logits.
const x = { data: test.images.data.subarray(0, pixels), shape: [1, pixels] };
const sampled = await model.predictMC(x, {
  layer: "all",
  samples,
  seed: 3,
  masks: "independent",
  geometricMeans: true,
});

// All subnetworks of every layer would be { layer: "all" }: what a unit of hidden 2 does depends on 784 gates of the input and on those
// of hidden 1 together, for which no method is known that is not of exponential cost. The library refuses before it begins. A unit of
// hidden 1 has a sum of independent gates, whose distribution its characteristic function gives.
let exact: Record<string, ExactResult>;
try {
  exact = await model.exact(x, { layer: "all" });
} catch (error) {
  if (!(error instanceof BudgetError)) throw error;
  console.log(`not every layer: ${error.message}`);
  exact = await model.exact(x, { layer: ["hidden 1"] });
}

// The first hidden layer: sampled means are near the exact ones, which are over 2^784 subnetworks. All units share the masks: what the
// masks miss, many units miss alike.
const first = exact["hidden 1"] as ExactResult;
const beside = sampled["hidden 1"] as MCResult;
const z = first.mean.data.map((mean, unit) => {
  return Math.abs((beside.mean.data[unit] as number) - mean) / (beside.standardError.data[unit] as number);
});
const within = z.filter((value) => value <= 2).length / z.length;
console.log(
  `hidden 1: ${(100 * within).toFixed(0)} % of ${units} sampled means within 2 standard errors of the exact`,
);
assert.equal(first.subnetworks, 2n ** 784n);
assert.ok(within > 0.6);
assert.ok(Math.max(...z) < 6);

// What section 6 says of layers: E − NWGM, E − O*, and how far units vary.
const average = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const activities = model.predict(x, { layer: names });
const layers = names.map((name) => {
  const { mean, nwgm, variance, standardError } = sampled[name] as MCResult;
  if (nwgm === undefined) throw new Error(`${name} has no NWGM`);
  const deterministic = Float64Array.from(activities[name]?.data ?? []);
  const gap = average(Array.from(mean.data, (e, unit) => Math.abs(e - (nwgm.data[unit] as number))));
  const offset = average(Array.from(mean.data, (e, unit) => Math.abs(e - (deterministic[unit] as number))));
  const deviation = average(Array.from(variance.data, Math.sqrt));
  const numbers = [gap, offset, deviation].map((value) => value.toFixed(4));
  console.log(`${name}: mean |E − NWGM| ${numbers[0]}, |E − O*| ${numbers[1]}, deviation ${numbers[2]}`);
  // The gap is small beside what the unit varies by: it is of second order.
  assert.ok(gap < deviation);
  return { name, mean, nwgm, variance, deterministic, standardError };
});

// Figure 1: exact values of the first layer beside the sampled ones of all.
const note = `one test digit, ${count(samples)} sampled subnetworks; ${epochs} epochs of training`;
const allOf = { mean: first.mean, variance: first.variance };
const firstNwgm = first.nwgm ?? first.mean;
const left = meanMinusNwgm(
  {
    "hidden 1, all subnetworks": { ...allOf, nwgm: firstNwgm },
    ...Object.fromEntries(
      layers.map(({ name, mean, nwgm, variance }) => [`${name}, sampled`, { mean, nwgm, variance }]),
    ),
  },
  { title: "E − NWGM in the hidden layers", note, vertical: "own" },
);
const right = meanMinusDeterministic(
  Object.fromEntries(
    layers.map(({ name, mean, deterministic, standardError }) => [
      name,
      { mean, deterministic, standardError },
    ]),
  ),
  { title: "E − O* in the hidden layers", note },
);
const folder = join(import.meta.dirname, "figures/understanding-dropout");
for (const path of writeFigures(folder, { "figure-1-left": left, "figure-1-right": right }))
  console.log(path);
