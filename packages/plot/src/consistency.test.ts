import { expect, test } from "vitest";
import { consistencyByLayer, consistencyOverTime } from "./node.js";
import { outline } from "./testing/outline.js";

const active = { epochs: [0, 1, 2], mean: [0.5, 0.7, 0.9], deviation: [0.01, 0.25, 0.125] };
const silent = { epochs: [0, 2], mean: [0.5, 0.05], low: [0.4, 0], high: [0.6, 0.1] };

test("consistencyOverTime() draws lines with bands, and rules where phases of learning begin", () => {
  const figure = consistencyOverTime({ active, silent }, { phases: [1], note: "one digit" });
  expect(outline(figure.toElement())).toMatchInlineSnapshot(`
    [
      "title: Activity of typical units during training",
      "desc: Lines with bands over epochs: activity over the subnetworks. active: 0.500 at epoch 0, 0.900 at epoch 2. silent: 0.500 at epoch 0, 0.0500 at epoch 2.",
      "text: Activity of typical units during training",
      "text: one digit; dotted: the next phase of learning begins",
      "panel",
      "  area × 1",
      "  line × 1",
      "  dot × 1",
      "  text: active",
      "  area × 1",
      "  line × 1",
      "  dot × 1",
      "  text: silent",
      "panel",
      "  y-axis tick label: 0.0 | 0.1 | 0.2 | 0.3 | 0.4 | 0.5 | 0.6 | 0.7 | 0.8 | 0.9 | 1.0 | 1.1",
      "  y-axis label: activity over the subnetworks",
      "  x-axis tick × 3",
      "  x-axis tick label: 0 | 1 | 2",
      "  x-axis label: epoch",
      "  y-grid × 12",
      "  rule × 1",
      "  area × 1",
      "  area × 1",
      "  line × 1",
      "  dot × 3",
      "  line × 1",
      "  dot × 2",
    ]
  `);
});

test("consistencyByLayer() names what its bands are of", () => {
  const lines = outline(consistencyByLayer({ h1: silent, h2: silent }).toElement());
  expect(lines.filter((line) => line === "panel")).toHaveLength(2);
  expect(lines).toContain("  text: h2");
  expect(lines).toContain("  y-axis label: standard deviation over the subnetworks");
  expect(lines).toContain("text: Consistency by layer during training");
});

test("consistencyOverTime() keeps the ends of its bands in its rows", () => {
  const { rows } = consistencyOverTime({ active, silent, bare: { epochs: [0], mean: [0.5] } });
  expect(rows[1]).toEqual({ series: "active", epoch: 1, mean: 0.7, low: 0.7 - 0.25, high: 0.7 + 0.25 });
  expect(rows[4]).toEqual({ series: "silent", epoch: 2, mean: 0.05, low: 0, high: 0.1 });
  expect(rows[5]).toEqual({ series: "bare", epoch: 0, mean: 0.5 });
});

test("consistencyOverTime() throws TypeError for a band that is given twice or by half", () => {
  expect(() => consistencyOverTime({ a: { ...silent, deviation: [0, 0] } })).toThrow(
    new TypeError(
      "Cannot draw consistency over time: a has low and high and deviation, wanted deviation, or low and high",
    ),
  );
  expect(() => consistencyOverTime({ a: { epochs: [0], mean: [0.5], low: [0.4] } })).toThrow(
    new TypeError("Cannot draw consistency over time: a has low, wanted deviation, or low and high"),
  );
});

test("consistencyByLayer() throws RangeError for epochs that do not ascend", () => {
  expect(() => consistencyByLayer({ h1: { epochs: [1, 1], mean: [0, 0] } })).toThrow(
    new RangeError("Cannot draw consistency by layer: h1.epochs[1] is 1 after 1, wanted ascending numbers"),
  );
});

test("consistencyByLayer() throws RangeError for a band whose low end is above its high end", () => {
  const crossed = { epochs: [0, 1], mean: [0.5, 0.5], low: [0.4, 0.7], high: [0.6, 0.6] };
  expect(() => consistencyByLayer({ h1: crossed })).toThrow(
    new RangeError(
      "Cannot draw consistency by layer: h1.low[1] is 0.7 and h1.high[1] is 0.6, wanted low <= high",
    ),
  );
  // Of a unit that is rarely active the mean is above the 95 % quantile.
  expect(() =>
    consistencyOverTime({ rare: { epochs: [0], mean: [0.03], low: [0], high: [0] } }),
  ).not.toThrow();
});

test("consistencyOverTime() ticks whole epochs, between which there may be values", () => {
  const early = { epochs: [0, 0.02, 0.5, 1, 2, 3], mean: [0.5, 0.4, 0.3, 0.2, 0.1, 0.1] };
  expect(outline(consistencyOverTime({ early }).toElement())).toContain("  x-axis tick label: 0 | 1 | 2 | 3");
});
