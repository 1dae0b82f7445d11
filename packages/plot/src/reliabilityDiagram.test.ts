import { expect, test } from "vitest";
import { reliabilityDiagram } from "./node.js";
import { outline } from "./testing/outline.js";

const bins = {
  confidence: [Number.NaN, 0.6, 0.9],
  accuracy: [Number.NaN, 0.5, 0.8],
  count: [0, 20, 80],
};

test("reliabilityDiagram() draws accuracy, gaps to the diagonal and counts, and leaves empty bins out", () => {
  expect(outline(reliabilityDiagram({ scaled: bins }).toElement())).toMatchInlineSnapshot(`
    [
      "title: Reliability",
      "desc: Bars of accuracy by confidence beside the diagonal, and how many predictions the bins hold. scaled: mean gap 0.100 over 100 predictions in 3 bins.",
      "text: Reliability",
      "panel",
      "  area × 1",
      "  line × 1",
      "  text: accuracy in the bin",
      "  rule × 1",
      "  dot × 1",
      "  text: gap to the mean confidence",
      "  line × 1",
      "  text: perfect calibration",
      "panel",
      "  y-axis tick label: 0 | 20 | 40 | 60 | 80 | 100",
      "  y-axis label: accuracy (%)",
      "  x-axis tick × 6",
      "  x-axis tick label: 0 | 20 | 40 | 60 | 80 | 100",
      "  x-axis label: confidence (%)",
      "  y-grid × 6",
      "  rect × 2",
      "  rule × 2",
      "  line × 1",
      "  rule × 2",
      "  dot × 2",
      "panel",
      "  y-axis tick label: 0 | 20 | 40 | 60 | 80",
      "  y-axis label: share of 100 predictions (%)",
      "  x-axis tick × 6",
      "  x-axis tick label: 0 | 20 | 40 | 60 | 80 | 100",
      "  x-axis label: confidence (%)",
      "  y-grid × 5",
      "  rect × 3",
    ]
  `);
});

test("reliabilityDiagram() weighs the gaps by their counts", () => {
  expect(reliabilityDiagram({ scaled: bins }).description).toContain(
    "scaled: mean gap 0.100 over 100 predictions in 3 bins.",
  );
});

test("reliabilityDiagram() takes borders of bins of unequal width, and keeps them in its rows", () => {
  const { rows } = reliabilityDiagram({ scaled: { ...bins, edges: [0, 0.5, 0.7, 1] } });
  expect(rows[0]).toEqual({ model: "scaled", low: 0, high: 0.5, count: 0 });
  expect(rows[1]).toEqual({
    model: "scaled",
    low: 0.5,
    high: 0.7,
    count: 20,
    confidence: 0.6,
    accuracy: 0.5,
  });
});

test("reliabilityDiagram() gives each model a diagram of its own", () => {
  const lines = outline(reliabilityDiagram({ a: bins, b: bins }).toElement());
  expect(lines.filter((line) => line === "panel")).toHaveLength(1 + 4);
  expect(lines).toContain("  text: b");
});

const refused: [string, object, string][] = [
  ["a NaN in a bin with predictions", { count: [1, 1, 1] }, "a.confidence[0] is NaN, wanted a finite number"],
  ["percentages", { accuracy: [0, 50, 80] }, "a.accuracy[1] is 50, wanted a value in [0, 1]"],
  ["no prediction", { count: [0, 0, 0] }, "a.count is 0 in every bin, wanted predictions"],
  ["too few borders", { edges: [0, 1] }, "a.edges has 2 values, wanted 4: one more than bins"],
];

test.each(refused)("reliabilityDiagram() throws RangeError for %s", (_, change, message) => {
  expect(() => reliabilityDiagram({ a: { ...bins, ...change } })).toThrow(
    new RangeError(`Cannot draw a reliability diagram: ${message}`),
  );
});
