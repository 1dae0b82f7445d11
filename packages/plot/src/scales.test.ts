import { expect, test } from "vitest";
import { axisFromZero, domainOf, tickFormatOf, wholeTicks } from "./scales.js";

test("domainOf() leaves room around a single value", () => {
  expect(domainOf([2, -1, 3])).toEqual([-1, 3]);
  expect(domainOf([5, 5])).toEqual([4.5, 5.5]);
  expect(domainOf([-5])).toEqual([-5.5, -4.5]);
  expect(domainOf([0])).toEqual([-0.001, 0.001]);
});

test("tickFormatOf() writes what has too many digits with an exponent", () => {
  expect(tickFormatOf([0, 1])).toEqual({});
  expect(tickFormatOf([-2e6, 100])).toEqual({});
  const { tickFormat = String } = tickFormatOf([0, 1e300]);
  expect([0, 2.0000000001e299, -1e300].map(tickFormat)).toEqual(["0", "2e299", "-1e300"]);
  expect([0, 2e7, 2.5e7].map(tickFormatOf([0, 3e7]).tickFormat ?? String)).toEqual(["0", "2e7", "2.5e7"]);
  expect(tickFormatOf([0, 3e-9]).tickFormat?.(2e-9)).toBe("2e-9");
});

test("axisFromZero() reaches to 0, and is an axis where all values are 0", () => {
  expect(axisFromZero([2, 3])).toEqual({ domain: [0, 3], nice: true });
  expect(axisFromZero([-2, -1])).toEqual({ domain: [-2, 0], nice: true });
  expect(axisFromZero([0, 0])).toEqual({ domain: [0, 1], nice: true });
  expect(axisFromZero([3e9]).tickFormat?.(2e9)).toBe("2e9");
});

test("wholeTicks() are whole, in even steps, and not many", () => {
  expect(wholeTicks([0, 2], 10)).toEqual([0, 1, 2]);
  expect(wholeTicks([0, 3], 10)).toEqual([0, 1, 2, 3]);
  expect(wholeTicks([0, 50], 6)).toEqual([0, 10, 20, 30, 40, 50]);
  expect(wholeTicks([0.5, 7.2], 10)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(wholeTicks([3, 1200], 10)).toEqual([200, 400, 600, 800, 1000, 1200]);
  for (let end = 1; end < 3000; end += 7) {
    const ticks = wholeTicks([0, end], 6);
    expect(ticks.length).toBeLessThanOrEqual(7);
    expect(ticks.length).toBeGreaterThanOrEqual(2);
    for (const tick of ticks) expect(Number.isInteger(tick)).toBe(true);
  }
});
