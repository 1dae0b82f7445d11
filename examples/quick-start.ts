// Train a small classifier with dropout, then ask how sure it is.
import assert from "node:assert/strict";
import { adam, dense, dropout, sequential } from "thinned";

// Two classes of points on discs around (-1, 0) and (1, 0), which overlap in the middle.
const count = 400;
const points = Array.from({ length: count }, (_, i) => {
  const [side, angle, radius] = [i % 2 === 0 ? -1 : 1, i * 2.4, 1.5 * Math.sqrt(i / count)];
  return [side + radius * Math.cos(angle), radius * Math.sin(angle)];
});
const labels = Array.from({ length: count }, (_, i) => i % 2);

const model = sequential(
  [
    dense(32, { activation: "relu" }),
    dropout(0.2),
    dense(32, { activation: "relu" }),
    dropout(0.2),
    dense(2, { activation: "softmax" }),
  ],
  { inputShape: [2], seed: 1 },
);
await model.fit(points, labels, {
  epochs: 30,
  batchSize: 20,
  optimizer: adam({ learningRate: 0.01 }),
  loss: "sparseCategoricalCrossentropy",
});
const { accuracy } = await model.evaluate(points, labels, {
  loss: "sparseCategoricalCrossentropy",
  metrics: ["accuracy"],
});
console.log(`accuracy ${(accuracy * 100).toFixed(1)} %`);
assert.ok(accuracy > 0.85);

const asked = { "left disc": [-1, 0], "right disc": [1, 0], overlap: [0, 0.5], "far away": [0, 6] };
const { mean, predictiveEntropy, mutualInformation } = await model.predictMC(Object.values(asked), {
  samples: 200,
});
assert.ok(predictiveEntropy && mutualInformation);
for (const [row, place] of Object.keys(asked).entries()) {
  const right = mean.data[2 * row + 1]?.toFixed(3);
  const [entropy, information] = [
    predictiveEntropy.data[row]?.toFixed(3),
    mutualInformation.data[row]?.toFixed(3),
  ];
  console.log(
    `${place}: P(right) ${right}, predictive entropy ${entropy}, mutual information ${information}`,
  );
}

const [left = 0, right = 0, overlap = 0] = predictiveEntropy.data;
assert.ok(overlap > 2 * Math.max(left, right), "the network should be least sure where the discs overlap");
const [, , there = 0, far = 0] = mutualInformation.data;
assert.ok(far > there, "its subnetworks should differ more where there were no data");
model.dispose();
