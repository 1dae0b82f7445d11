import { expect, test } from "vitest";
import { activationHistogram } from "./node.js";
import { outline } from "./testing/outline.js";

const h1 = [0, 0.01, 0.1, 0.12, 1];

test("activationHistogram() draws a panel per layer, empty bins left out", () => {
  expect(outline(activationHistogram({ h1, h2: [0.5] }, { bins: 10 }).toElement())).toMatchInlineSnapshot(`
    [
      "title: Distribution of activities",
      "desc: Histograms of the activity O* in 10 bins. h1: 40.0 % in [0, 0.1], 20.0 % in [0.9, 1]. h2: 0.00 % in [0, 0.1], 0.00 % in [0.9, 1].",
      "text: Distribution of activities",
      "panel",
      "  y-axis tick label: 0 | 20 | 40 | 60 | 80 | 100",
      "  y-axis label: share of activities (%)",
      "  x-axis tick × 6",
      "  x-axis tick label: 0.0 | 0.2 | 0.4 | 0.6 | 0.8 | 1.0",
      "  x-axis label: activity O*",
      "  y-grid × 6",
      "  rect × 3",
      "  text: h1",
      "panel",
      "  y-axis tick label: 0 | 20 | 40 | 60 | 80 | 100",
      "  y-axis label: share of activities (%)",
      "  x-axis tick × 6",
      "  x-axis tick label: 0.0 | 0.2 | 0.4 | 0.6 | 0.8 | 1.0",
      "  x-axis label: activity O*",
      "  y-grid × 6",
      "  rect × 1",
      "  text: h2",
    ]
  `);
});

test("activationHistogram() counts a border with the bin above it, and the greatest value with the last", () => {
  const counts = activationHistogram({ h1 }, { bins: 10 }).rows.map(({ count }) => count);
  expect(counts).toEqual([2, 2, 0, 0, 0, 0, 0, 0, 0, 1]);
});

test("activationHistogram() bins over another range", () => {
  const { rows } = activationHistogram({ tanh: [-1, 0, 1] }, { bins: 2, range: [-1, 1] });
  expect(rows).toEqual([
    { layer: "tanh", low: -1, high: 0, count: 1, share: 1 / 3 },
    { layer: "tanh", low: 0, high: 1, count: 2, share: 2 / 3 },
  ]);
});

test("activationHistogram() with a logarithmic axis has ticks at powers of ten that hold every bar", () => {
  const values = [...new Array(999).fill(0), 1];
  const lines = outline(activationHistogram({ h1: values }, { scale: "log" }).toElement());
  expect(lines).toContain("  y-axis tick label: 0.01 | 0.1 | 1 | 10 | 100");
  expect(lines).toContain("  rect × 2");
});

const refused: [string, () => unknown, string][] = [
  [
    "a value outside the range",
    () => activationHistogram({ h1: [-1] }),
    "h1[0] is -1, wanted a value in [0, 1]",
  ],
  [
    "half a bin",
    () => activationHistogram({ h1 }, { bins: 2.5 }),
    "bins is 2.5, wanted an integer in [2, 200]",
  ],
  [
    "a scale that there is not",
    () => activationHistogram({ h1 }, { scale: "sqrt" as "log" }),
    'scale is "sqrt", wanted "linear" or "log"',
  ],
];

test.each(refused)("activationHistogram() throws RangeError for %s", (_, call, message) => {
  expect(call).toThrow(new RangeError(`Cannot draw a histogram of activities: ${message}`));
});

test("activationHistogram() throws RangeError for a range whose length is no finite number", () => {
  expect(() => activationHistogram({ h1: [0] }, { range: [-1e308, 1e308] })).toThrow(
    new RangeError(
      "Cannot draw a histogram of activities: range is [-1e+308, 1e+308], wanted ends whose distance can be divided into bins",
    ),
  );
});
