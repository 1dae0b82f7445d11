// Is my own dropout right? Four implementations of the same small network, held against all of its subnetworks: one is right, three
// have mistakes that are found in real code. Means and variances of samples tell, within what chance allows.
import assert from "node:assert/strict";
import { dense, dropout, sequential } from "thinned";

const inputs = 6;
const rate = 0.3;
const weights = [0.8, 1.2, 0.5, 1.5, -0.7, 0.9];
const bias = -1;
const x = [1, 0.5, 1, 0.8, 1.2, 0.6];

const model = sequential([dropout(rate), dense(1, { activation: "sigmoid" })], {
  inputShape: [inputs],
  seed: 1,
});
model.setWeights([weights.map((w) => [w]), [bias]]);

/** A generator of numbers in [0, 1) that a mask can be drawn from (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
const forward = (factors: readonly number[]) => {
  const sum = weights.reduce((total, w, i) => total + w * (x[i] ?? 0) * (factors[i] ?? 0), bias);
  return 1 / (1 + Math.exp(-sum));
};
const draw = (next: () => number, kept: number, isKept: (u: number) => boolean) =>
  weights.map(() => (isKept(next()) ? kept : 0));

const shared = generator(7);
const implementations: Record<string, () => number> = {
  right: () => forward(draw(shared, 1 / (1 - rate), (u) => u >= rate)),
  "divides by the rate": () => forward(draw(shared, 1 / rate, (u) => u >= rate)),
  "drops what it should keep": () => forward(draw(shared, 1 / (1 - rate), (u) => u < rate)),
  "seeds each call anew": () => forward(draw(generator(7), 1 / (1 - rate), (u) => u >= rate)),
};

const { mean, variance, subnetworks } = await model.exact([x]);
const [E = 0, V = 0] = [mean.data[0], variance.data[0]];
console.log(`all ${subnetworks} subnetworks: E ${E.toFixed(4)}, V ${V.toFixed(4)}`);

const samples = 10_000;
// A logistic unit has fourth moments of at most its variance, so the standard error of V is at most √(V / samples).
const [ofMean, ofVariance] = [Math.sqrt(V / samples), Math.sqrt(V / samples)];
for (const [name, sample] of Object.entries(implementations)) {
  const values = Array.from({ length: samples }, sample);
  const average = values.reduce((sum, value) => sum + value, 0) / samples;
  const spread = values.reduce((sum, value) => sum + (value - average) ** 2, 0) / samples;
  const zMean = (average - E) / ofMean;
  const zVariance = (spread - V) / ofVariance;
  const isRight = Math.abs(zMean) < 5 && Math.abs(zVariance) < 5;
  console.log(
    `${isRight ? "agrees " : "differs"}  ${name}: z of the mean ${zMean.toFixed(1)}, of the variance ${zVariance.toFixed(1)}`,
  );
  assert.equal(isRight, name === "right");
}

// The library's own sampler is asked the same question by crossCheck(), whose limits hold for any network.
const check = await model.crossCheck([x], { samples, seed: 3 });
assert.ok(check.agrees);
console.log(`the library: agrees, z of the mean ${check.zMean.data[0]?.toFixed(1)}`);
model.dispose();
