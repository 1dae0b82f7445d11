// evaluate() against the loss of the deterministic pass.
import { describe, expect, test } from "vitest";
import { at } from "../oracle/at.ts";
import { type Activation, type Description, denseLayer, dropoutLayer } from "../oracle/description.ts";
import { deterministicFactors, forward } from "../oracle/forward.ts";
import { type Loss, rowLoss } from "../oracle/loss.ts";
import { arrange } from "../oracle/network.ts";
import { normalRows, normals } from "../oracle/values.ts";
import { batchOf, withModel } from "./buildModel.ts";

const draw = normals(71);
const rows = normalRows(72, 37, 4);

function network(activation: Activation): Description {
  const kernel = Float32Array.from({ length: 12 }, draw);
  return {
    inputs: 4,
    nodes: [dropoutLayer(0, 0.5, "standard"), denseLayer(1, 3, kernel, { activation })],
    output: 2,
  };
}

const oneHot = (label: number): number[] => [0, 1, 2].map((k) => (k === label ? 1 : 0));
const labels = rows.map((_, row) => (row * 7) % 3);

const cases: { loss: Loss; activation: Activation; targets: number[][] }[] = [
  { loss: "meanSquaredError", activation: "linear", targets: labels.map((label) => [label, -label, 0.5]) },
  { loss: "meanAbsoluteError", activation: "tanh", targets: labels.map((label) => [label, -label, 0.5]) },
  { loss: "meanSquaredError", activation: "softmax", targets: labels.map(oneHot) },
  { loss: "meanAbsoluteError", activation: "softmax", targets: labels.map(oneHot) },
  { loss: "meanSquaredError", activation: "sigmoid", targets: labels.map(oneHot) },
  { loss: "meanAbsoluteError", activation: "sigmoid", targets: labels.map(oneHot) },
  { loss: "binaryCrossentropy", activation: "sigmoid", targets: labels.map(oneHot) },
  { loss: "categoricalCrossentropy", activation: "softmax", targets: labels.map(oneHot) },
  { loss: "sparseCategoricalCrossentropy", activation: "softmax", targets: labels.map((label) => [label]) },
];

describe("evaluate() agrees with the oracle", () => {
  test.each(cases)("for $loss of $activation", async ({ loss, activation, targets }) => {
    const description = network(activation);
    const arranged = arrange(description);
    const passes = rows.map((x) => forward(arranged, x, deterministicFactors(arranged)));
    const wanted =
      passes.reduce((sum, pass, row) => sum + rowLoss(arranged, pass, at(targets, row), loss), 0) /
      rows.length;
    const tensor = batchOf(targets);
    const y = loss === "sparseCategoricalCrossentropy" ? { ...tensor, shape: [rows.length] } : tensor;
    const isClasses = activation === "softmax" || activation === "sigmoid";
    const found: { loss: number; accuracy?: number } = await withModel(description, (model) =>
      model.evaluate(batchOf(rows), y, { loss, metrics: isClasses ? ["accuracy"] : [] }),
    );
    expect(Math.abs(found.loss - wanted)).toBeLessThan(1e-5 * Math.max(1, wanted));

    const hits = passes.map(({ activities }, row) =>
      accuracyOf([...at(activities, 2)], at(targets, row), activation, loss),
    );
    const accuracy = hits.reduce((sum, hit) => sum + hit, 0) / hits.length;
    if (isClasses) expect(found.accuracy).toBeCloseTo(accuracy, 12);
    else expect(found).not.toHaveProperty("accuracy");
  });
});

// As Keras counts: the largest output is the label; of independent outputs, the share on the right side of 1/2.
function accuracyOf(
  output: readonly number[],
  target: readonly number[],
  activation: Activation,
  loss: Loss,
): number {
  const largest = (values: readonly number[]): number => values.indexOf(Math.max(...values));
  if (loss === "sparseCategoricalCrossentropy") return largest(output) === at(target, 0) ? 1 : 0;
  if (activation === "softmax") return largest(output) === largest(target) ? 1 : 0;
  return output.filter((value, k) => value > 0.5 === at(target, k) > 0.5).length / output.length;
}
