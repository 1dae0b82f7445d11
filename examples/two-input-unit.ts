// One linear unit with two inputs, z = w1 x + w2 y, and dropout on both: all four masks, by hand and by the
// library.
import assert from "node:assert/strict";
import { dense, dropout, type Model, sequential } from "thinned";

const [x, y] = [3, 5];
const [w1, w2] = [2, 1];
const rate = 0.25;
const keep = 1 - rate;

/** The unit with the given weights, without bias. */
function unit(scaling: "standard" | "inverted", weights: readonly [number, number]): Model {
  const layers = [dropout(rate, { scaling }), dense(1, { useBias: false })];
  const model = sequential(layers, { inputShape: [2], seed: 1 });
  model.setWeights([{ data: new Float32Array(weights), shape: [2, 1] }]);
  return model;
}

// By hand: a gate is 1 with probability 1 − rate, independently of the other.
const masks = [
  { gates: [1, 1], probability: keep * keep },
  { gates: [0, 1], probability: rate * keep },
  { gates: [1, 0], probability: keep * rate },
  { gates: [0, 0], probability: rate * rate },
].map(({ gates: [first = 0, second = 0], probability }) => {
  return { mask: `${first}${second}`, probability, z: w1 * first * x + w2 * second * y };
});
console.log("mask  probability   z");
for (const { mask, probability, z } of masks) {
  console.log(`  ${mask}       ${probability.toFixed(4)}  ${String(z).padStart(2)}`);
}

const mean = masks.reduce((sum, { probability, z }) => sum + probability * z, 0);
const variance = masks.reduce((sum, { probability, z }) => sum + probability * (z - mean) ** 2, 0);
assert.equal(mean, keep * (w1 * x + w2 * y));
assert.equal(variance, (w1 ** 2 * x ** 2 + w2 ** 2 * y ** 2) * keep * rate);
console.log(`\nby hand:            mean ${mean}, variance ${variance}`);

// Standard dropout trains with the gate alone and multiplies by 1 − rate at prediction.
const standard = unit("standard", [w1, w2]);
const exact = await standard.exact([[x, y]]);
assert.equal(exact.subnetworks, 4n);
assert.ok(Math.abs((exact.mean.data[0] as number) - mean) < 1e-12);
assert.ok(Math.abs((exact.variance.data[0] as number) - variance) < 1e-12);
assert.equal(standard.predict([[x, y]]).data[0], mean);
console.log(`standard, exact:    mean ${exact.mean.data[0]}, variance ${exact.variance.data[0]}`);

// Inverted dropout divides by 1 − rate in training instead, so prediction uses the weights as they are. With
// weights that are smaller by that factor it is the same ensemble.
const inverted = unit("inverted", [keep * w1, keep * w2]);
const same = await inverted.exact([[x, y]]);
assert.ok(Math.abs((same.mean.data[0] as number) - mean) < 1e-12);
assert.ok(Math.abs((same.variance.data[0] as number) - variance) < 1e-12);
assert.equal(inverted.predict([[x, y]]).data[0], mean);
console.log(`inverted, exact:    mean ${same.mean.data[0]}, variance ${same.variance.data[0]}`);

// A training step sees one mask at a time: samples take the four values, each about as often as its
// probability says.
const samples = 4000;
const drawn = (await standard.predictMC([[x, y]], { samples, keepSamples: true })).samples;
assert.ok(drawn);
for (const { mask, probability, z } of masks) {
  const share = drawn.data.filter((value) => value === z).length / samples;
  const standardError = Math.sqrt((probability * (1 - probability)) / samples);
  assert.ok(
    Math.abs(share - probability) < 4 * standardError,
    `mask ${mask} was drawn with frequency ${share}`,
  );
  console.log(`mask ${mask}: probability ${probability.toFixed(4)}, drawn ${share.toFixed(4)}`);
}
