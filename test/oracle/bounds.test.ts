import { describe, expect, test } from "vitest";
import { cartwrightField, gapBounds, nwgm, secondOrder, softmaxNwgm } from "./bounds.ts";
import { denseLayer, dropoutLayer } from "./description.ts";
import { exactStatistics } from "./exact.ts";
import { arrange } from "./network.ts";
import type { UnitStatistics } from "./unitStatistics.ts";

// One fair gate, so the unit's activity takes two values with weight 1/2 each.
function logisticOfTwo(whenDropped: number, whenKept: number): UnitStatistics {
  const network = arrange({
    inputs: 1,
    nodes: [
      dropoutLayer(0, 0.5, "standard"),
      denseLayer(1, 1, [whenKept - whenDropped], { bias: [whenDropped], activation: "sigmoid" }),
    ],
    output: 2,
  });
  return exactStatistics(network, 2, [1])[0] ?? expect.fail("one unit");
}

describe("the worked example of BS14 §8", () => {
  test("σ(1/2) and σ(1) give the printed E, G, G' and NWGM", () => {
    const unit = logisticOfTwo(0.5, 1);
    expect(unit.mean).toBeCloseTo(0.676759, 6);
    expect(Math.exp(unit.logGeometricMean ?? Number.NaN)).toBeCloseTo(0.674577, 6);
    expect(Math.exp(unit.logComplementGeometricMean ?? Number.NaN)).toBeCloseTo(0.318648, 6);
    expect(nwgm(unit)).toBeCloseTo(0.679179, 6);
  });

  test("1/4 and 3/4 give E = NWGM = 1/2", () => {
    // ln 3 is rounded to float32 in the weights, alike on both sides of 0.
    const unit = logisticOfTwo(-Math.log(3), Math.log(3));
    expect(unit.mean).toBeCloseTo(0.5, 7);
    expect(nwgm(unit)).toBeCloseTo(0.5, 7);
  });
});

describe("secondOrder()", () => {
  test("is right to second order in O - 1/2, the point about which BS13 expand", () => {
    const errors = [0.1, 0.01].map((spread) => {
      const unit = logisticOfTwo(-spread, 2 * spread);
      const { geometricMean, nwgm: ratio, gap } = secondOrder(unit);
      return {
        geometricMean: Math.abs(geometricMean - Math.exp(unit.logGeometricMean ?? Number.NaN)),
        nwgm: Math.abs(ratio - nwgm(unit)),
        gap: Math.abs(gap - (unit.mean - nwgm(unit))),
      };
    });
    // A remainder of third order falls by a thousand when the spread falls by ten; one of second order by a hundred.
    const [wide, narrow] = [errors[0] ?? expect.fail("wide"), errors[1] ?? expect.fail("narrow")];
    for (const which of ["geometricMean", "nwgm", "gap"] as const) {
      expect(wide[which]).toBeGreaterThan(500 * narrow[which]);
    }
  });
});

describe("gapBounds() and cartwrightField()", () => {
  test("stand in rising order", () => {
    const { fromVariance, fromMean, fromMeanLoose } = gapBounds(logisticOfTwo(-2, 0.5));
    expect(fromVariance).toBeLessThanOrEqual(fromMean);
    expect(fromMean).toBeLessThanOrEqual(fromMeanLoose);
  });

  test("enclose E - G", () => {
    const unit = logisticOfTwo(-2, 0.5);
    const { lower, upper } = cartwrightField(unit);
    const gap = unit.mean - Math.exp(unit.logGeometricMean ?? Number.NaN);
    expect(gap).toBeGreaterThanOrEqual(lower);
    expect(gap).toBeLessThanOrEqual(upper);
  });
});

test("softmaxNwgm() is the softmax of E[S]", () => {
  const network = arrange({
    inputs: 2,
    nodes: [dropoutLayer(0, [0.5, 0.2]), denseLayer(1, 3, [1, -2, 0.5, 3, 1, -1], { activation: "softmax" })],
    output: 2,
  });
  const group = exactStatistics(network, 2, [1, -1]);
  const expected = [1 - 3, -2 - 1, 0.5 + 1].map(Math.exp);
  const total = expected.reduce((sum, value) => sum + value);
  softmaxNwgm(group).forEach((value, k) => {
    expect(value).toBeCloseTo((expected[k] ?? Number.NaN) / total, 14);
  });
});
