import { expect, test } from "vitest";
import { predictiveBand } from "./node.js";
import { light } from "./palette.js";
import { outline } from "./testing/outline.js";
import { paints } from "./testing/pixels.js";

const relu = { x: [0, 1, 2], mean: [0, 1, 3], deviation: [0.1, 0.1, 2] };
const scaled = { x: [0, 1, 2], mean: [0, 1, 1.5] };
const data = { x: [0, 0.5, 1], y: [0.1, 0.4, 0.9] };

test("predictiveBand() draws models over the shaded region that they were trained on", () => {
  const figure = predictiveBand(
    { ReLU: relu, "weight-scaled": scaled },
    { data, trained: [0, 1], xLabel: "year", yLabel: "CO2 (ppm)" },
  );
  expect(outline(figure.toElement())).toMatchInlineSnapshot(`
    [
      "title: Prediction and its uncertainty",
      "desc: Lines of predictive means with bands of standard deviations. ReLU: 0.00 ± 0.100 at 0.00, 3.00 ± 2.00 at 2.00. weight-scaled: 0.00 at 0.00, 1.50 at 2.00.",
      "text: Prediction and its uncertainty",
      "text: bands: ± 1, 2 standard deviations; shaded: training inputs",
      "panel",
      "  area × 1",
      "  line × 1",
      "  text: ReLU",
      "  line × 1",
      "  text: weight-scaled",
      "  dot × 1",
      "  text: observations",
      "panel",
      "  y-axis tick label: −1 | 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7",
      "  y-axis label: CO2 (ppm)",
      "  x-axis tick × 11",
      "  x-axis tick label: 0 | 0.2 | 0.4 | 0.6 | 0.8 | 1 | 1.2 | 1.4 | 1.6 | 1.8 | 2",
      "  x-axis label: year",
      "  y-grid × 9",
      "  rect × 1",
      "  area × 1",
      "  area × 1",
      "  line × 1",
      "  line × 1",
      "  dot × 3",
    ]
  `);
  expect(paints(figure.toSvg(), light.vermillion)).toBe(true);
});

test("predictiveBand() gives each model axes of its own in facets", () => {
  const figure = predictiveBand(
    { ReLU: relu, "weight-scaled": scaled },
    { layout: "facets", deviations: [2] },
  );
  const lines = outline(figure.toElement());
  expect(lines.filter((line) => line === "panel")).toHaveLength(3);
  expect(lines).toContain("  text: ReLU");
  expect(lines).toContain("  text: weight-scaled");
});

test("predictiveBand() says that bands were cut when the range is less than they are", () => {
  const subtitle = (range?: [number, number]) =>
    outline(predictiveBand({ ReLU: relu }, { ...(range && { range }) }).toElement())[3];
  expect(subtitle()).toBe("text: bands: ± 1, 2 standard deviations");
  expect(subtitle([-1, 2])).toBe("text: bands: ± 1, 2 standard deviations, cut at the frame");
});

test("predictiveBand() keeps the given numbers in its rows and describes both ends", () => {
  const figure = predictiveBand({ ReLU: relu, "weight-scaled": scaled });
  expect(figure.rows).toHaveLength(6);
  expect(figure.rows[2]).toEqual({ model: "ReLU", x: 2, mean: 3, deviation: 2 });
  expect(figure.rows[5]).toEqual({ model: "weight-scaled", x: 2, mean: 1.5 });
  expect(figure.description).toContain("ReLU: 0.00 ± 0.100 at 0.00, 3.00 ± 2.00 at 2.00.");
});

const refused: [string, () => unknown, string][] = [
  ["no model", () => predictiveBand({}), "there are 0 models, wanted 1 to 8"],
  [
    "x that does not ascend",
    () => predictiveBand({ a: { ...relu, x: [0, 2, 1] } }),
    "a.x[2] is 1 after 2, wanted ascending numbers",
  ],
  [
    "a negative deviation",
    () => predictiveBand({ a: { ...relu, deviation: [0, -1, 0] } }),
    "a.deviation[1] is -1, wanted a value in [0, Infinity]",
  ],
  [
    "a region that ends before it begins",
    () => predictiveBand({ a: relu }, { trained: [1, 0] }),
    "trained[1] is 0 after 1, wanted ascending ends",
  ],
  [
    "a layout that there is not",
    () => predictiveBand({ a: relu }, { layout: "grid" as "facets" }),
    'layout is "grid", wanted "series" or "facets"',
  ],
  [
    "observations of different lengths",
    () => predictiveBand({ a: relu }, { data: { x: [1, 2], y: [1] } }),
    "data.y has 1 values and data.x has 2, wanted as many of each",
  ],
];

test.each(refused)("predictiveBand() throws RangeError for %s", (_, call, message) => {
  expect(call).toThrow(new RangeError(`Cannot draw a predictive band: ${message}`));
});
