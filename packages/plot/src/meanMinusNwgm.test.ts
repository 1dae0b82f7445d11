import { expect, test } from "vitest";
import { meanMinusNwgm } from "./node.js";
import { outline } from "./testing/outline.js";

test("meanMinusNwgm() draws gap, second order and the curve of the largest variance", () => {
  const figure = meanMinusNwgm(
    { mean: [0.25, 0.75], nwgm: [0.125, 0.875], variance: [0.125, 0.125] },
    { note: "2 units" },
  );
  expect(outline(figure.toElement())).toMatchInlineSnapshot(`
    [
      "title: Arithmetic minus geometric mean",
      "desc: E − NWGM against E, points drawn: 2. The largest gap is 0.125, at E = 0.250. The second-order values are within 0.0417 of the gaps.",
      "text: Arithmetic minus geometric mean",
      "text: 2 units",
      "panel",
      "  dot × 1",
      "  text: E − NWGM",
      "  dot × 1",
      "  text: second order V(1 − 2E)/(1 − 2V)",
      "  line × 1",
      "  text: the same at V = E(1 − E)",
      "panel",
      "  y-axis tick label: −0.15 | −0.10 | −0.05 | 0.00 | 0.05 | 0.10 | 0.15",
      "  y-axis label: E − NWGM",
      "  x-axis tick × 11",
      "  x-axis tick label: 0.0 | 0.1 | 0.2 | 0.3 | 0.4 | 0.5 | 0.6 | 0.7 | 0.8 | 0.9 | 1.0",
      "  x-axis label: E, arithmetic mean over the subnetworks",
      "  y-grid × 7",
      "  rule × 1",
      "  line × 1",
      "  dot × 2",
      "  dot × 2",
    ]
  `);
});

test("meanMinusNwgm() says where the dashed curve is cut, and only then", () => {
  const subtitle = (nwgm: number, note = "") =>
    outline(meanMinusNwgm({ mean: [0.25], nwgm: [nwgm] }, { note }).toElement());
  expect(subtitle(0.24)).toContain("text: dashed curve cut at the frame: it reaches ±0.15");
  expect(subtitle(0.24, "1 unit")).toContain("text: 1 unit; dashed curve cut at the frame: it reaches ±0.15");
  const wide = { mean: [0.2, 0.8], nwgm: [0.05, 0.95] };
  expect(outline(meanMinusNwgm(wide).toElement()).join()).not.toContain("cut at the frame");
});

test("meanMinusNwgm() computes V(1 − 2E)/(1 − 2V)", () => {
  // Activities 1/4 and 3/4 with weight ½ each: E = NWGM = ½, so both gaps vanish whatever V is.
  expect(meanMinusNwgm({ mean: [0.5], nwgm: [0.5], variance: [0.0625] }).rows).toEqual([
    { mean: 0.5, nwgm: 0.5, gap: 0, variance: 0.0625, estimate: 0 },
  ]);
  expect(meanMinusNwgm({ mean: [0.25], nwgm: [0.125], variance: [0.125] }).rows[0]).toMatchObject({
    gap: 0.125,
    estimate: (0.125 * 0.5) / 0.75,
  });
});

test("meanMinusNwgm() says nothing of second order when there is no variance", () => {
  const figure = meanMinusNwgm({ mean: [0.25], nwgm: [0.125] });
  expect(figure.description).toBe(
    "E − NWGM against E, points drawn: 1. The largest gap is 0.125, at E = 0.250.",
  );
  expect(outline(figure.toElement()).join()).not.toContain("second order");
});

const refused: [string, object, string][] = [
  ["a mean above 1", { mean: [1.5] }, "mean[0] is 1.5, wanted a value in [0, 1]"],
  ["a negative NWGM", { nwgm: [-0.1] }, "nwgm[0] is -0.1, wanted a value in [0, 1]"],
  ["a variance above ¼", { variance: [0.3] }, "variance[0] is 0.3, wanted a value in [0, 0.25]"],
  [
    "lists of different lengths",
    { nwgm: [0.1, 0.2] },
    "nwgm has 2 values and mean has 1, wanted as many of each",
  ],
];

test.each(refused)("meanMinusNwgm() throws RangeError for %s", (_, change, message) => {
  expect(() => meanMinusNwgm({ mean: [0.25], nwgm: [0.125], variance: [0.1], ...change })).toThrow(
    new RangeError(`Cannot draw E − NWGM: ${message}`),
  );
});
