import { expect, test } from "vitest";
import { exactAgainstSampled } from "./node.js";
import { outline } from "./testing/outline.js";

const two = { exact: [0.2, 0.7], sampled: [0.22, 0.76], standardError: [0.01, 0.02] };

test("exactAgainstSampled() draws values and differences with error bars, and the weight-scaled values beside them", () => {
  const figure = exactAgainstSampled({ ...two, deterministic: [0.25, 0.65] }, { note: "2^16 against 1000" });
  expect(outline(figure.toElement())).toMatchInlineSnapshot(`
    [
      "title: Exact against sampled",
      "desc: Sampled means of the activity against exact ones, and their differences. 1 of 2 bars reach the exact value; the largest difference is 0.0600.",
      "text: Exact against sampled",
      "text: 2^16 against 1000",
      "panel",
      "  rule × 1",
      "  dot × 1",
      "  text: sampled ± 2 standard errors",
      "  dot × 1",
      "  text: weight-scaled O*",
      "panel",
      "  y-axis tick label: 0.2 | 0.3 | 0.4 | 0.5 | 0.6 | 0.7 | 0.8",
      "  y-axis label: activity, ensemble mean",
      "  x-axis tick × 7",
      "  x-axis tick label: 0.2 | 0.3 | 0.4 | 0.5 | 0.6 | 0.7 | 0.8",
      "  x-axis label: exact mean E of the activity",
      "  y-grid × 7",
      "  line × 1",
      "  rule × 2",
      "  dot × 2",
      "  dot × 2",
      "panel",
      "  y-axis tick label: −0.06 | −0.04 | −0.02 | 0.00 | 0.02 | 0.04 | 0.06 | 0.08 | 0.10 | 0.12",
      "  y-axis label: difference from E",
      "  x-axis tick × 6",
      "  x-axis tick label: 0.2 | 0.3 | 0.4 | 0.5 | 0.6 | 0.7",
      "  x-axis label: exact mean E of the activity",
      "  y-grid × 10",
      "  rule × 1",
      "  rule × 2",
      "  dot × 2",
      "  dot × 2",
    ]
  `);
});

test("exactAgainstSampled() of sampled values alone needs no legend", () => {
  expect(outline(exactAgainstSampled(two).toElement()).filter((line) => line === "panel")).toHaveLength(2);
});

test("exactAgainstSampled() counts the bars that reach the exact value", () => {
  expect(exactAgainstSampled(two).description).toContain(
    "1 of 2 bars reach the exact value; the largest difference is 0.0600.",
  );
});

test("exactAgainstSampled() keeps the given numbers in its rows", () => {
  expect(exactAgainstSampled(two).rows).toEqual([
    { exact: 0.2, sampled: 0.22, standardError: 0.01 },
    { exact: 0.7, sampled: 0.76, standardError: 0.02 },
  ]);
});

const refused: [string, object, string][] = [
  [
    "lists of different lengths",
    { sampled: [0.1] },
    "sampled has 1 values and exact has 2, wanted as many of each",
  ],
  [
    "a negative standard error",
    { standardError: [0.1, -0.1] },
    "standardError[1] is -0.1, wanted a value in [0, Infinity]",
  ],
  ["a NaN", { deterministic: [0, Number.NaN] }, "deterministic[1] is NaN, wanted a finite number"],
];

test.each(refused)("exactAgainstSampled() throws RangeError for %s", (_, change, message) => {
  expect(() => exactAgainstSampled({ ...two, ...change })).toThrow(
    new RangeError(`Cannot draw exact against sampled: ${message}`),
  );
});

test("exactAgainstSampled() of one point without an error draws no bar of the height of the axes", () => {
  const svg = exactAgainstSampled({ exact: [0.5], sampled: [0.5], standardError: [0] }).toElement();
  for (const panel of Array.from(svg.querySelectorAll("svg")).slice(-2)) {
    const bars = Array.from(panel.querySelectorAll('[aria-label="rule"] line'));
    for (const bar of bars) {
      const [from, to] = ["y1", "y2"].map((end) => Number(bar.getAttribute(end)));
      if (bar.getAttribute("x1") === bar.getAttribute("x2")) expect(to).toBe(from);
    }
    expect(panel.querySelectorAll('[aria-label="x-axis tick label"] text').length).toBeGreaterThan(1);
  }
  expect(svg.outerHTML).not.toContain("NaN");
});

test("exactAgainstSampled() writes great values with exponents, and refuses bars beyond the largest number", () => {
  const lines = outline(
    exactAgainstSampled({
      exact: [1e300, 3e300],
      sampled: [1.5e300, 3e300],
      standardError: [1e299, 0],
    }).toElement(),
  );
  const labels = lines.filter((line) => line.includes("tick label"));
  expect(labels).toHaveLength(4);
  for (const line of labels) expect(line).toMatch(/e(299|300)/);
  expect(Math.max(...labels.map((line) => line.length))).toBeLessThan(150);
  expect(() =>
    exactAgainstSampled({ exact: [0, 1e308], sampled: [0, -1e308], standardError: [0, 0] }),
  ).toThrow(
    new RangeError(
      "Cannot draw exact against sampled: sampled[1] is -1e+308 with standard error 0 at exact 1e+308, wanted differences that are finite numbers",
    ),
  );
});
