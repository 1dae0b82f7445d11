// Is sampling right, and how good is the weight-scaled shortcut? A net small enough to run all of its
// subnetworks knows.
import assert from "node:assert/strict";
import { dense, dropout, sequential } from "thinned";

const model = sequential(
  [
    dropout(0.2),
    dense(6, { activation: "sigmoid", name: "hidden" }),
    dropout(0.5),
    dense(1, { activation: "sigmoid" }),
  ],
  { inputShape: [4], seed: 7 },
);
const x = [
  [3, -2, 4, 1],
  [-4, 3, 0, -2],
];

const samples = 20_000;
const { exact, sampled, zMean, zVariance, threshold, agrees } = await model.crossCheck(x, {
  samples,
  seed: 1,
});
console.log(`all ${exact.subnetworks} subnetworks beside ${samples} sampled ones`);
for (const row of x.keys()) {
  const [mean = 0, variance = 0, scaled = 0] = [exact.mean, exact.variance, exact.deterministic].map(
    (t) => t.data[row],
  );
  const [z, zOfVariance] = [zMean.data[row]?.toFixed(2), zVariance.data[row]?.toFixed(2)];
  console.log(`input ${row}: E = ${mean.toFixed(6)}, sampled ${sampled.mean.data[row]?.toFixed(6)}, z ${z}`);
  console.log(
    `         V = ${variance.toFixed(6)}, sampled ${sampled.variance.data[row]?.toFixed(6)}, z ${zOfVariance}`,
  );
  console.log(`         O* = ${scaled.toFixed(6)}, off by ${(scaled - mean).toExponential(1)}`);
  // A logistic unit cannot vary more than one that is always 0 or 1.
  assert.ok(variance > 0 && variance <= mean * (1 - mean));
}
assert.equal(exact.subnetworks, 2n ** 10n);
for (const z of [...zMean.data, ...zVariance.data]) assert.ok(Math.abs(z) <= threshold);
assert.ok(agrees);

// Only gates upstream of a unit matter: those of the hidden layer itself come after it.
const hidden = await model.exact(x, { layer: "hidden" });
assert.equal(hidden.subnetworks, 2n ** 4n);
console.log(`a hidden unit depends on ${hidden.subnetworks} subnetworks of the input`);
