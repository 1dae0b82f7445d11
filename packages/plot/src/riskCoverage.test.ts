import { expect, test } from "vitest";
import { riskCoverage } from "./node.js";
import { outline } from "./testing/outline.js";

const curve = { coverage: [0.5, 1], risk: [0, 0.1] };

test("riskCoverage() draws a line per measure over coverage in percent", () => {
  expect(outline(riskCoverage({ entropy: curve, random: curve }).toElement())).toMatchInlineSnapshot(`
    [
      "title: Risk by coverage",
      "desc: Lines of risk over coverage. entropy: 0.100 at full coverage, area 0.0250. random: 0.100 at full coverage, area 0.0250.",
      "text: Risk by coverage",
      "panel",
      "  line × 1",
      "  text: entropy",
      "  line × 1",
      "  text: random",
      "panel",
      "  y-axis tick label: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10",
      "  y-axis label: wrong answers (%)",
      "  x-axis tick × 11",
      "  x-axis tick label: 0 | 10 | 20 | 30 | 40 | 50 | 60 | 70 | 80 | 90 | 100",
      "  x-axis label: coverage: inputs answered, the surest first (%)",
      "  y-grid × 11",
      "  line × 1",
      "  line × 1",
    ]
  `);
});

test("riskCoverage() reports the area under the curve over the coverage that it spans", () => {
  expect(riskCoverage({ entropy: curve }).description).toContain("0.100 at full coverage, area 0.0250");
});

test("riskCoverage() draws no more points than can be seen and keeps all of them in its rows", () => {
  const coverage = Array.from({ length: 5000 }, (_, index) => (index + 1) / 5000);
  const figure = riskCoverage({ entropy: { coverage, risk: coverage.map((share) => share / 10) } });
  expect(figure.rows).toHaveLength(5000);
  expect(figure.toSvg().length).toBeLessThan(20_000);
});

test("riskCoverage() takes risks that are no shares under a label of their own", () => {
  const lines = outline(
    riskCoverage({ a: { ...curve, risk: [2, 3] } }, { riskLabel: "squared error (m²)" }).toElement(),
  );
  expect(lines).toContain("  y-axis label: squared error (m²)");
});

const refused: [string, object, string][] = [
  ["coverage in percent", { coverage: [50, 100] }, "a.coverage[0] is 50, wanted a value in [0, 1]"],
  ["a share above 1", { risk: [0, 2] }, "a.risk[1] is 2, wanted a value in [0, 1]"],
  ["coverage that falls", { coverage: [1, 0.5] }, "a.coverage[1] is 0.5 after 1, wanted ascending numbers"],
];

test.each(refused)("riskCoverage() throws RangeError for %s", (_, change, message) => {
  expect(() => riskCoverage({ a: { ...curve, ...change } })).toThrow(
    new RangeError(`Cannot draw risk by coverage: ${message}`),
  );
});

test("riskCoverage() of answers that are all right has an axis", () => {
  const lines = outline(riskCoverage({ entropy: { coverage: [0.5, 1], risk: [0, 0] } }).toElement());
  expect(lines.find((line) => line.includes("y-axis tick label"))).toMatch(/: 0\.0 \| .* 1\.0$/);
});
