import { expect, test } from "vitest";
import { duration } from "./costByGates.js";
import { costByGates } from "./node.js";
import { outline } from "./testing/outline.js";

const cost = { gates: [2, 20, 300], seconds: [1e-5, 1e-3, 0.2] };

test("costByGates() draws a line and points for each method over logarithmic axes", () => {
  const figure = costByGates(
    { slow: cost, fast: { gates: [2, 300], seconds: [1e-5, 2e-5] } },
    { note: "one unit" },
  );
  expect(outline(figure.toElement())).toMatchInlineSnapshot(`
    [
      "title: Cost by number of gates",
      "desc: Lines of time over the number of gates, both logarithmic. At most: slow 200 ms for 300 gates, fast 20 µs for 300 gates.",
      "text: Cost by number of gates",
      "text: one unit",
      "panel",
      "  line × 1",
      "  dot × 1",
      "  text: slow",
      "  line × 1",
      "  dot × 1",
      "  text: fast",
      "panel",
      "  y-axis tick label: 10 µs | 100 µs | 1 ms | 10 ms | 100 ms",
      "  y-axis label: time for one row",
      "  x-axis tick × 7",
      "  x-axis tick label: 2 | 5 | 10 | 20 | 50 | 100 | 200",
      "  x-axis label: gates",
      "  y-grid × 5",
      "  x-grid × 7",
      "  line × 1",
      "  dot × 3",
      "  line × 1",
      "  dot × 2",
    ]
  `);
  expect(figure.rows).toHaveLength(5);
});

test("costByGates() gives each of eight methods a look of its own", () => {
  const names = ["a", "b", "c", "d", "e", "f", "g", "h"];
  const methods = Object.fromEntries(names.map((name) => [name, cost]));
  const svg = costByGates(methods).toElement("light");
  const legend = Array.from(svg.querySelectorAll("svg")).at(0) as SVGSVGElement;
  const looks = Array.from(legend.querySelectorAll("[aria-label=dot]"), (dot) =>
    dot.outerHTML.replace(/translate\([^)]*\)/g, ""),
  );
  expect(new Set(looks).size).toBe(8);
  expect(() => costByGates({ ...methods, i: cost })).toThrow(/there are 9 methods, wanted 1 to 8/);
});

test("costByGates() refuses what no logarithm is of, and gates out of order", () => {
  expect(() => costByGates({})).toThrow(/there are 0 methods/);
  expect(() => costByGates({ a: 7 as never })).toThrow(/a is 7, wanted an object/);
  expect(() => costByGates({ a: { ...cost, seconds: [1, 0, 2] } })).toThrow(/a\.seconds\[1\] is 0/);
  expect(() => costByGates({ a: { ...cost, gates: [0, 1, 2] } })).toThrow(/a\.gates\[0\] is 0/);
  expect(() => costByGates({ a: { ...cost, gates: [1, 3, 2] } })).toThrow(
    /a\.gates\[2\] is 2 after 3, wanted ascending/,
  );
  expect(() => costByGates({ a: { ...cost, seconds: [1] } })).toThrow(
    /a\.seconds has 1 values and a\.gates has 3/,
  );
});

test.each([
  [1, "1 s"],
  [0.1, "100 ms"],
  [1e-6, "1 µs"],
  [2.34e-5, "23 µs"],
  [1e-10, "0.1 ns"],
])("duration(%d) is %s", (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});
