import { expect, test } from "vitest";
import { compensatedSum } from "./compensatedSum.ts";

test("compensatedSum() keeps what a plain sum loses", () => {
  const values = [1, 1e100, 1, -1e100];
  expect(values.reduce((sum, value) => sum + value, 0)).toBe(0);
  expect(compensatedSum(values)).toBe(2);
});

test("compensatedSum() of a million tenths is exact to the last place", () => {
  const tenths = {
    *[Symbol.iterator]() {
      for (let i = 0; i < 1e6; i++) yield 0.1;
    },
  };
  expect(compensatedSum(tenths)).toBe(100_000);
});

test("compensatedSum() of nothing is 0", () => {
  expect(compensatedSum([])).toBe(0);
});
