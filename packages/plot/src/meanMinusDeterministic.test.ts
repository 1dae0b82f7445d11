import { expect, test } from "vitest";
import { meanMinusDeterministic } from "./node.js";
import { outline } from "./testing/outline.js";

const layers = {
  h1: { mean: [0.25, 0.5], deterministic: [0.25, 0.49], standardError: [0.001, 0.002] },
  h2: { mean: [0.75], deterministic: [0.8] },
};

test("meanMinusDeterministic() draws a panel per layer, with error bars where there are standard errors", () => {
  expect(outline(meanMinusDeterministic(layers).toElement())).toMatchInlineSnapshot(`
    [
      "title: Ensemble mean minus weight-scaled activity",
      "desc: E − O* against E. h1: points drawn: 2, mean |E − O*| 0.00500, largest 0.0100 at E = 0.500. h2: points drawn: 1, mean |E − O*| 0.0500, largest -0.0500 at E = 0.750.",
      "text: Ensemble mean minus weight-scaled activity",
      "text: bars: ± 2 standard errors",
      "panel",
      "  y-axis tick label: −0.05 | −0.04 | −0.03 | −0.02 | −0.01 | 0.00 | 0.01 | 0.02",
      "  y-axis label: E − O*",
      "  x-axis tick × 6",
      "  x-axis tick label: 0.0 | 0.2 | 0.4 | 0.6 | 0.8 | 1.0",
      "  x-axis label: E, arithmetic mean over the subnetworks",
      "  y-grid × 8",
      "  rule × 1",
      "  rule × 2",
      "  dot × 2",
      "  text: h1",
      "panel",
      "  y-axis tick label: −0.05 | −0.04 | −0.03 | −0.02 | −0.01 | 0.00 | 0.01 | 0.02",
      "  y-axis label: E − O*",
      "  x-axis tick × 6",
      "  x-axis tick label: 0.0 | 0.2 | 0.4 | 0.6 | 0.8 | 1.0",
      "  x-axis label: E, arithmetic mean over the subnetworks",
      "  y-grid × 8",
      "  rule × 1",
      "  rule × 1",
      "  dot × 1",
      "  text: h2",
    ]
  `);
});

test("meanMinusDeterministic() keeps the difference in its rows and describes mean and largest", () => {
  const figure = meanMinusDeterministic(layers);
  expect(figure.rows[2]).toMatchObject({ layer: "h2", mean: 0.75, deterministic: 0.8 });
  expect(figure.rows[2]?.gap).toBeCloseTo(-0.05, 12);
  expect(figure.description).toContain(
    "h1: points drawn: 2, mean |E − O*| 0.00500, largest 0.0100 at E = 0.500.",
  );
});

test("meanMinusDeterministic() of one layer has no heading", () => {
  const figure = meanMinusDeterministic(layers.h2);
  expect(figure.rows[0]).not.toHaveProperty("layer");
  expect(outline(figure.toElement()).filter((line) => line === "panel")).toHaveLength(1);
});

const refused: [string, object, string][] = [
  ["an activity above 1", { deterministic: [1.5] }, "deterministic[0] is 1.5, wanted a value in [0, 1]"],
  [
    "a negative standard error",
    { standardError: [-1] },
    "standardError[0] is -1, wanted a value in [0, Infinity]",
  ],
];

test.each(refused)("meanMinusDeterministic() throws RangeError for %s", (_, change, message) => {
  expect(() => meanMinusDeterministic({ ...layers.h2, ...change })).toThrow(
    new RangeError(`Cannot draw E − O*: ${message}`),
  );
});
