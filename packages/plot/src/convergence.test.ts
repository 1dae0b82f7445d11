import { expect, test } from "vitest";
import { convergence } from "./node.js";
import { outline } from "./testing/outline.js";

const halving = { size: [100, 400, 1600], error: [0.1, 0.05, 0.025] };

test("convergence() draws errors over logarithmic axes beside a guide", () => {
  expect(outline(convergence({ ReLU: halving, erf: halving }).toElement())).toMatchInlineSnapshot(`
    [
      "title: Convergence",
      "desc: Lines of error over size, both logarithmic, beside one that falls as the power −0.5. ReLU falls as the power -0.50 of the size; erf falls as the power -0.50 of the size.",
      "text: Convergence",
      "panel",
      "  line × 1",
      "  dot × 1",
      "  text: ReLU",
      "  line × 1",
      "  dot × 1",
      "  text: erf",
      "  line × 1",
      "  text: 1/√K",
      "panel",
      "  y-axis tick label: 0.01 | 0.1",
      "  y-axis label: root mean square error of the kernel",
      "  x-axis tick × 4",
      "  x-axis tick label: 100 | 200 | 500 | 1,000",
      "  x-axis label: random units K",
      "  y-grid × 2",
      "  x-grid × 2",
      "  line × 1",
      "  line × 1",
      "  dot × 3",
      "  line × 1",
      "  dot × 3",
    ]
  `);
});

test("convergence() measures the slope of each line", () => {
  const linear = { size: [1, 10], error: [1, 0.1] };
  expect(convergence({ ReLU: halving, other: linear }).description).toContain(
    "ReLU falls as the power -0.50 of the size; other falls as the power -1.00 of the size.",
  );
});

const refused: [string, object, string][] = [
  [
    "an error of 0",
    { error: [0.1, 0, 0.1] },
    "ReLU.error[1] is 0, wanted a value in [5e-324, 1.7976931348623157e+308]",
  ],
  ["a single size", { size: [1], error: [1] }, "ReLU.size has 1 value, wanted at least 2"],
];

test.each(refused)("convergence() throws RangeError for %s", (_, change, message) => {
  expect(() => convergence({ ReLU: { ...halving, ...change } })).toThrow(
    new RangeError(`Cannot draw convergence: ${message}`),
  );
});
