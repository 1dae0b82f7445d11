// Which digit to ask about next: BALD, from the disagreement of subnetworks, against labels at random.
//
//   node examples/active-learning.ts          a quick look, in seconds; its numbers say little
//   node examples/active-learning.ts --full   five seeds, as many labels as it takes: minutes; a folder after it gets the figure and its data
import assert from "node:assert/strict";
import { learningCurve } from "@thinned/plot";
import { adam, dense, dropout, type Model, scores, sequential } from "thinned";
import { type Digits, image, loadMnist, pixels } from "./mnist/dataset.ts";
import { percent, table } from "./mnist/table.ts";
import { writeFigures } from "./mnist/writeFigures.ts";

const quick = {
  trainRows: 2_000,
  testRows: 400,
  seeds: [1],
  firstLabels: 40,
  atOnce: 40,
  mostLabels: 120,
  candidates: 500,
  samples: 20,
  steps: 50,
  target: 0.95,
};
const full: typeof quick = {
  trainRows: 60_000,
  testRows: 10_000,
  seeds: [1, 2, 3, 4, 5],
  firstLabels: 200,
  atOnce: 200,
  mostLabels: 4_000,
  candidates: 5_000,
  samples: 50,
  steps: 500,
  target: 0.95,
};
const plan = process.argv.includes("--full") ? full : quick;
const folder = process.argv.slice(2).find((word) => !word.startsWith("--"));
const batchSize = 64;

const { train, test } = loadMnist(plan.trainRows, plan.testRows);

function rowsOf(digits: Digits, rows: readonly number[]) {
  const data = new Float32Array(rows.length * pixels); // [rows, 784]
  for (const [at, row] of rows.entries()) data.set(image(digits, row), at * pixels);
  return {
    images: { data, shape: [rows.length, pixels] },
    labels: rows.map((row) => digits.labels.data[row] as number),
  };
}

/** `count` of `rows` in an order that depends on the seed alone (Fisher and Yates, with mulberry32). */
function some(rows: readonly number[], count: number, seed: number): number[] {
  const left = [...rows];
  let state = seed >>> 0;
  const draw = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return Array.from({ length: Math.min(count, left.length) }, (_, at) => {
    const other = at + Math.floor(draw() * (left.length - at));
    [left[at], left[other]] = [left[other] as number, left[at] as number];
    return left[at] as number;
  });
}

type Ask = (model: Model, candidates: readonly number[], seed: number) => Promise<number[]>;

/** Where the subnetworks disagree most. */
const bald: Ask = async (model, candidates, seed) => {
  const sampled = await model.predictMC(rowsOf(train, candidates).images, { samples: plan.samples, seed });
  const information = scores.bald(sampled).data;
  const order = [...candidates.keys()].sort(
    (a, b) => (information[b] as number) - (information[a] as number),
  );
  return order.slice(0, plan.atOnce).map((at) => candidates[at] as number);
};

const random: Ask = async (_, candidates) => candidates.slice(0, plan.atOnce);

interface Run {
  /** Test accuracy after each training. */
  readonly accuracies: number[];
  /** Labels it took to reach the target, or undefined if they did not suffice. */
  readonly enough: number | undefined;
}

/** Trains anew on all labels so far, then asks for more, until nothing more may be asked. */
async function learn(ask: Ask, seed: number): Promise<Run> {
  const everyRow = Array.from({ length: plan.trainRows }, (_, row) => row);
  const labelled = some(everyRow, plan.firstLabels, seed);
  const accuracies: number[] = [];
  let enough: number | undefined;
  for (;;) {
    using model = sequential(
      [
        dense(256, { activation: "relu" }),
        dropout(0.5),
        dense(128, { activation: "relu" }),
        dropout(0.5),
        dense(10, { activation: "softmax" }),
      ],
      { inputShape: [pixels], seed },
    );
    const { images, labels } = rowsOf(train, labelled);
    await model.fit(images, labels, {
      // As many steps whatever the number of labels.
      epochs: Math.ceil((plan.steps * batchSize) / Math.max(labels.length, batchSize)),
      batchSize: Math.min(batchSize, labels.length),
      optimizer: adam(),
      loss: "sparseCategoricalCrossentropy",
      seed,
    });
    const options = { loss: "sparseCategoricalCrossentropy", metrics: ["accuracy"] } as const;
    const { accuracy } = await model.evaluate(test.images, test.labels, options);
    accuracies.push(accuracy);
    if (accuracy >= plan.target) enough ??= labelled.length;
    if (labelled.length >= plan.mostLabels) return { accuracies, enough };
    const known = new Set(labelled);
    const candidates = some(
      everyRow.filter((row) => !known.has(row)),
      plan.candidates,
      seed + labelled.length,
    );
    labelled.push(...(await ask(model, candidates, seed)));
  }
}

/** Accuracy after the training on so many labels, the mean over the runs. */
function meanAt(runs: readonly Run[], step: number): string {
  const sum = runs.reduce((total, { accuracies }) => total + (accuracies[step] as number), 0);
  return percent(sum / runs.length);
}

const started = performance.now();
const runs: Record<"BALD" | "random", Run[]> = { BALD: [], random: [] };
for (const seed of plan.seeds) {
  // Both begin with the same rows and the same weights.
  for (const [name, ask] of [
    ["BALD", bald],
    ["random", random],
  ] as const) {
    const run = await learn(ask, seed);
    runs[name].push(run);
    const last = `${percent(run.accuracies.at(-1) ?? 0)} right with ${plan.mostLabels} labels`;
    console.log(`seed ${seed}, ${name}: ${last}, ${percent(plan.target, 0)} with ${run.enough ?? "more"}`);
  }
}
const steps = 1 + (plan.mostLabels - plan.firstLabels) / plan.atOnce;
const labels = Array.from({ length: steps }, (_, step) => plan.firstLabels + step * plan.atOnce);
const rows = labels.map((count, step) => [
  count.toLocaleString("en"),
  meanAt(runs.BALD, step),
  meanAt(runs.random, step),
]);
console.log(table(["labels", "BALD", "random"], rows));
for (const [name, each] of Object.entries(runs)) {
  const needed = each.map(({ enough }) => enough ?? `more than ${plan.mostLabels}`);
  console.log(`${name}: labels for ${percent(plan.target, 0)} of the test digits: ${needed.join(", ")}`);
}
const { user, system } = process.cpuUsage();
const seconds = [(performance.now() - started) / 1000, (user + system) / 1e6];
console.log(`in ${seconds.map((time) => time.toFixed(0)).join(" s, of the processor ")} s`);

const curveOf = (each: readonly Run[]) => ({
  rows: labels,
  accuracies: each.map(({ accuracies }) => accuracies),
});
const figure = learningCurve(
  { BALD: curveOf(runs.BALD), "at random": curveOf(runs.random) },
  {
    title: "Which digits to label: test accuracy by labels",
    note: `${plan.seeds.length} seeds; ${plan.atOnce} labels at a time, of ${plan.candidates.toLocaleString("en")} rows by ${plan.samples} subnetworks`,
    rowsLabel: "labels",
    target: plan.target,
  },
);
assert.equal(figure.rows.length, 2 * plan.seeds.length * steps);
if (folder !== undefined) console.log(writeFigures(folder, { "active-learning": figure }).join("\n"));

// What is asked for last is better known than what was known first, whoever asks.
for (const { accuracies } of Object.values(runs).flat()) {
  assert.ok((accuracies.at(-1) ?? 0) > (accuracies[0] ?? 1));
}
