import { expect, test } from "vitest";
import { trainingCurve } from "./node.js";
import { outline } from "./testing/outline.js";

const history = {
  loss: [0.9, 0.4, 0.3],
  valLoss: new Float32Array([0.5, 0.25, 0.125]),
  accuracy: { data: [0.5, 0.75, 0.875], shape: [3] },
  valAccuracy: [0.75, 0.875, 0.9375],
};

test("trainingCurve() draws a panel each for loss and accuracy, a legend, and both sets of rows", () => {
  expect(
    outline(trainingCurve(history, { title: "Digits", heldOut: "test" }).toElement()),
  ).toMatchInlineSnapshot(`
    [
      "title: Digits",
      "desc: Lines of loss and accuracy by epoch, 3 in all. In the last epoch: training loss 0.3, held out loss 0.125, training accuracy 0.875, held out accuracy 0.9375.",
      "text: Digits",
      "text: 3 epochs",
      "panel",
      "  line × 1",
      "  dot × 1",
      "  text: training rows, with gates",
      "  line × 1",
      "  dot × 1",
      "  text: test rows, weight-scaled",
      "panel",
      "  y-axis tick label: 0.0 | 0.2 | 0.4 | 0.6 | 0.8",
      "  y-axis label: loss (nats)",
      "  x-axis tick × 3",
      "  x-axis tick label: 1 | 2 | 3",
      "  x-axis label: epoch",
      "  y-grid × 5",
      "  line × 1",
      "  dot × 3",
      "  line × 1",
      "  dot × 3",
      "panel",
      "  y-axis tick label: 50 | 60 | 70 | 80 | 90",
      "  y-axis label: accuracy (%)",
      "  x-axis tick × 3",
      "  x-axis tick label: 1 | 2 | 3",
      "  x-axis label: epoch",
      "  y-grid × 5",
      "  line × 1",
      "  dot × 3",
      "  line × 1",
      "  dot × 3",
    ]
  `);
});

test("trainingCurve() of a loss alone has one panel and no legend", () => {
  expect(outline(trainingCurve({ loss: [0.5] }).toElement())).toMatchInlineSnapshot(`
    [
      "title: Training",
      "desc: Lines of loss by epoch, 1 in all. In the last epoch: training loss 0.5.",
      "text: Training",
      "text: 1 epoch",
      "panel",
      "  y-axis tick label: 0.0 | 0.1 | 0.2 | 0.3 | 0.4 | 0.5",
      "  y-axis label: loss (nats)",
      "  x-axis tick × 1",
      "  x-axis tick label: 1",
      "  x-axis label: epoch",
      "  y-grid × 6",
      "  line × 1",
      "  dot × 1",
    ]
  `);
});

test("trainingCurve() gives accuracy as a share in its rows", () => {
  const { rows } = trainingCurve(history);
  expect(rows).toHaveLength(12);
  expect(rows.at(-1)).toEqual({ epoch: 3, measure: "accuracy", rows: "held out", value: 0.9375 });
});

test("trainingCurve() throws RangeError when lists differ in length", () => {
  expect(() => trainingCurve({ loss: [1, 2], accuracy: [0.5] })).toThrow(
    new RangeError(
      "Cannot draw a training curve: accuracy has 1 values and loss has 2, wanted as many of each",
    ),
  );
});

test("trainingCurve() throws RangeError when loss is empty", () => {
  expect(() => trainingCurve({ loss: [] })).toThrow(
    new RangeError("Cannot draw a training curve: loss is empty, wanted at least one number"),
  );
});

test("trainingCurve() throws RangeError when a loss is NaN, with its index", () => {
  expect(() => trainingCurve({ loss: [1, Number.NaN] })).toThrow(
    new RangeError("Cannot draw a training curve: loss[1] is NaN, wanted a finite number"),
  );
});

test("trainingCurve() throws RangeError when an accuracy is given in percent", () => {
  expect(() => trainingCurve({ loss: [1], accuracy: [97] })).toThrow(
    new RangeError("Cannot draw a training curve: accuracy[0] is 97, wanted a value in [0, 1]"),
  );
});

test("trainingCurve() of one epoch, and of values that are all the same, has axes that can be read", () => {
  const ticks = (history: Parameters<typeof trainingCurve>[0]) =>
    outline(trainingCurve(history).toElement()).filter((line) => line.includes("y-axis tick label"));
  const [loss, accuracy] = ticks({ loss: [1 / 3], accuracy: [1 / 3] });
  expect(loss).toBe("  y-axis tick label: 0.00 | 0.05 | 0.10 | 0.15 | 0.20 | 0.25 | 0.30 | 0.35");
  expect(accuracy).toBe("  y-axis tick label: 0 | 20 | 40 | 60 | 80 | 100");
  expect(ticks({ loss: [0, 0] })[0]).toMatch(/: 0\.0 \| .* 1\.0$/);
  expect(ticks({ loss: [3e9, 1e9] })[0]).toMatch(/: 0 \| 5e8 \| 1e9 \|/);
});
