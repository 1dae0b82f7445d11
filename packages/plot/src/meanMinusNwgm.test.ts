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

test("meanMinusNwgm() gives each layer a panel, and error bars where there are standard errors", () => {
  const figure = meanMinusNwgm({
    h1: { mean: [0.25], nwgm: [0.24], variance: [0.1], standardError: [0.001] },
    h2: { mean: [0.5, 0.75], nwgm: [0.5, 0.8] },
  });
  expect(outline(figure.toElement())).toMatchInlineSnapshot(`
    [
      "title: Arithmetic minus geometric mean",
      "desc: E − NWGM against E by layer. h1, points drawn: 1. The largest gap is 0.0100, at E = 0.250. The second-order values are within 0.0525 of the gaps. h2, points drawn: 2. The largest gap is -0.0500, at E = 0.750.",
      "text: Arithmetic minus geometric mean",
      "text: dashed curve cut at the frame: it reaches ±0.15",
      "panel",
      "  rule × 1",
      "  dot × 1",
      "  text: E − NWGM ± 2 standard errors",
      "  dot × 1",
      "  text: second order V(1 − 2E)/(1 − 2V)",
      "  line × 1",
      "  text: the same at V = E(1 − E)",
      "panel",
      "  y-axis tick label: −0.06 | −0.04 | −0.02 | 0.00 | 0.02 | 0.04 | 0.06",
      "  y-axis label: E − NWGM",
      "  x-axis tick × 6",
      "  x-axis tick label: 0.0 | 0.2 | 0.4 | 0.6 | 0.8 | 1.0",
      "  x-axis label: E, arithmetic mean over the subnetworks",
      "  y-grid × 7",
      "  rule × 1",
      "  line × 1",
      "  rule × 1",
      "  dot × 1",
      "  dot × 1",
      "  text: h1",
      "panel",
      "  y-axis tick label: −0.06 | −0.04 | −0.02 | 0.00 | 0.02 | 0.04 | 0.06",
      "  y-axis label: E − NWGM",
      "  x-axis tick × 6",
      "  x-axis tick label: 0.0 | 0.2 | 0.4 | 0.6 | 0.8 | 1.0",
      "  x-axis label: E, arithmetic mean over the subnetworks",
      "  y-grid × 7",
      "  rule × 1",
      "  line × 1",
      "  rule × 2",
      "  dot × 2",
      "  text: h2",
    ]
  `);
  expect(figure.rows[0]).toMatchObject({ layer: "h1", mean: 0.25, nwgm: 0.24, standardError: 0.001 });
  expect(figure.rows[2]).toMatchObject({ layer: "h2", mean: 0.75 });
});

test("meanMinusNwgm() takes a layer that is named as a list is", () => {
  const { rows } = meanMinusNwgm({ mean: { mean: [0.25], nwgm: [0.25] } });
  expect(rows).toEqual([{ layer: "mean", mean: 0.25, nwgm: 0.25, gap: 0 }]);
});

test("meanMinusNwgm() spans the points of all layers, of each, or the bounds", () => {
  const layers = { h1: { mean: [0.2], nwgm: [0.199] }, h2: { mean: [0.2], nwgm: [0.1] } };
  const ticks = (vertical: "shared" | "own" | "bound") =>
    outline(meanMinusNwgm(layers, { vertical }).toElement()).filter((text) => text.includes("y-axis tick"));
  expect(ticks("shared")[0]).toBe(ticks("shared")[1]);
  expect(ticks("own")[0]).not.toBe(ticks("own")[1]);
  expect(ticks("bound")[0]).toContain("−0.20");
  const whole = outline(meanMinusNwgm(layers, { vertical: "bound" }).toElement()).join();
  expect(whole).toContain("2E(1 − E)(1 − 2E)");
  expect(whole).not.toContain("cut at the frame");
});

test("meanMinusNwgm() names the layer in its messages", () => {
  expect(() => meanMinusNwgm({ h1: { mean: [0.5], nwgm: [0.5] }, h2: { mean: [2], nwgm: [0.5] } })).toThrow(
    new RangeError("Cannot draw E − NWGM: h2.mean[0] is 2, wanted a value in [0, 1]"),
  );
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

test("meanMinusNwgm() throws RangeError for a variance above E(1 − E), and takes that itself", () => {
  const of = (variance: number) =>
    meanMinusNwgm({ mean: [0.5, 0.1], nwgm: [0.5, 0.1], variance: [0.25, variance] });
  expect(() => of(0.1 * 0.9)).not.toThrow();
  expect(() => of(0.1)).toThrow(
    new RangeError(
      "Cannot draw E − NWGM: variance[1] is 0.1 at mean 0.1, wanted at most E(1 − E), 0.09000000000000001",
    ),
  );
});
