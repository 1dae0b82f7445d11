// Dropout as it is usually written down: one line in the training step, and one in the test step or none. Two hidden ReLU units, so
// that all four masks can be tried.
import assert from "node:assert/strict";
import { dense, dropout, type Model, sequential } from "thinned";

const x = [1, -2, 0.5];
const W1 = [
  [0.5, -1],
  [-0.25, 0.75],
  [2, 1],
]; // [inputs, units]
const b1 = [0.25, 3];
const W2 = [[1.5], [-0.5]];
const b2 = [0.125];
const rate = 0.5;
const keep = 1 - rate;

type Mask = readonly [number, number];
const masks: Mask[] = [
  [1, 1],
  [0, 1],
  [1, 0],
  [0, 0],
];

/** `h1 = max(0, W1 x + b1)`. */
const hidden = [0, 1].map((unit) => {
  const sum = x.reduce((total, value, i) => total + value * (W1[i]?.[unit] ?? 0), b1[unit] ?? 0);
  return Math.max(0, sum);
});
/** `W2 h + b2`. */
const output = (h: readonly number[]) =>
  h.reduce((total, value, i) => total + value * (W2[i]?.[0] ?? 0), b2[0] ?? 0);

const standard = {
  trainStep: (mask: Mask) => output(hidden.map((h, i) => h * (mask[i] ?? 0))),
  testStep: () => output(hidden.map((h) => h * keep)), // by what was kept, not by the rate
};
const inverted = {
  trainStep: (mask: Mask) => output(hidden.map((h, i) => (h * (mask[i] ?? 0)) / keep)),
  testStep: () => output(hidden), // nothing left to do when it matters
};

/** The same network in the library. */
function network(scaling: "standard" | "inverted"): Model {
  const layers = [dense(2, { activation: "relu" }), dropout(rate, { scaling }), dense(1)];
  const model = sequential(layers, { inputShape: [3], seed: 1 });
  model.setWeights([W1, b1, W2, b2]);
  return model;
}

for (const [scaling, { trainStep, testStep }] of Object.entries({ standard, inverted })) {
  const model = network(scaling as "standard" | "inverted");
  // All masks are equally probable at a rate of ½.
  const outputs = masks.map(trainStep);
  const mean = outputs.reduce((sum, value) => sum + value, 0) / masks.length;
  console.log(`${scaling}: train step ${outputs.join(", ")}; mean ${mean}, test step ${testStep()}`);

  // The output is linear in what is gated, so the test step is the mean of the train steps, exactly.
  assert.equal(testStep(), mean);
  assert.equal(model.predict([x]).data[0], testStep());
  const exact = await model.exact([x]);
  assert.equal(exact.subnetworks, 4n);
  assert.ok(Math.abs((exact.mean.data[0] ?? 0) - mean) < 1e-12);

  // Every sampled pass is one of the four train steps, and the library draws a mask of its own for each.
  const { samples } = await model.predictMC([x], { samples: 200, keepSamples: true });
  const drawn = new Set(samples?.data);
  assert.deepEqual([...drawn].sort(), outputs.sort());
  model.dispose();
}
// Standard and inverted dropout are two scales of the same weights, not two ensembles: here the weights are the same, so that
// the inverted one answers with activities twice as large.
assert.equal(inverted.testStep() - (b2[0] ?? 0), (standard.testStep() - (b2[0] ?? 0)) / keep);
