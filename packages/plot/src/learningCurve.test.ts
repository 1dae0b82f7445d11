import { expect, test } from "vitest";
import { learningCurve } from "./node.js";
import { outline } from "./testing/outline.js";

const BALD = {
  rows: [200, 400, 600],
  accuracies: [
    [0.8, 0.9, 0.94],
    [0.84, 0.92, 0.96],
  ],
};
const random = { rows: [200, 400], accuracies: [[0.8, 0.86]] };

test("learningCurve() draws a line for each run, a mean for each method, and the target", () => {
  const figure = learningCurve({ BALD, random }, { target: 0.95 });
  expect(outline(figure.toElement())).toMatchInlineSnapshot(`
    [
      "title: Accuracy by rows learned from",
      "desc: Lines of accuracy over rows learned from, one for each run and their mean. BALD: 82.0 % with 200, 95.0 % with 600. random: 80.0 % with 200, 86.0 % with 400.",
      "text: Accuracy by rows learned from",
      "panel",
      "  line × 1",
      "  text: BALD",
      "  line × 1",
      "  text: random",
      "  line × 1",
      "  text: 95 %",
      "panel",
      "  y-axis tick label: 80 | 82 | 84 | 86 | 88 | 90 | 92 | 94 | 96",
      "  y-axis label: accuracy (%)",
      "  x-axis tick × 9",
      "  x-axis tick label: 200 | 250 | 300 | 350 | 400 | 450 | 500 | 550 | 600",
      "  x-axis label: rows learned from",
      "  y-grid × 9",
      "  line × 1",
      "  line × 1",
      "  line × 1",
      "  line × 1",
      "  line × 1",
      "  line × 1",
    ]
  `);
  expect(figure.rows).toHaveLength(8);
  expect(figure.rows.at(-1)).toEqual({ method: "random", run: 1, rows: 400, accuracy: 0.86 });
  expect(learningCurve({ random }).toSvg()).not.toContain("95 %");
});

const refused: [string, object, string][] = [
  ["a single number of rows", { rows: [1], accuracies: [[1]] }, "BALD.rows has 1 value, wanted at least 2"],
  ["rows that descend", { rows: [2, 1, 3] }, "BALD.rows[1] is 1 after 2, wanted ascending numbers"],
  ["percents", { accuracies: [[0.8, 0.9, 94]] }, "BALD.accuracies[0][2] is 94, wanted a value in [0, 1]"],
  [
    "a run that ends early",
    { accuracies: [[0.8, 0.9, 0.9], [0.8]] },
    "BALD.accuracies[1] has 1 values and BALD.rows has 3, wanted as many of each",
  ],
];

test.each(refused)("learningCurve() throws RangeError for %s", (_, change, message) => {
  expect(() => learningCurve({ BALD: { ...BALD, ...change } })).toThrow(
    new RangeError(`Cannot draw a learning curve: ${message}`),
  );
});

test("learningCurve() throws TypeError without a run", () => {
  expect(() => learningCurve({ BALD: { rows: [1, 2], accuracies: [] } })).toThrow(TypeError);
  expect(() => learningCurve({ BALD }, { target: 95 })).toThrow("target[0] is 95, wanted a value in [0, 1]");
});
