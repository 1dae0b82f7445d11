import { expect, test } from "vitest";
import { apart } from "./apart.js";

test("apart() leaves what is far enough apart where it is", () => {
  expect(apart([], 10)).toEqual([]);
  expect(apart([30, 0, 11], 10)).toEqual([30, 0, 11]);
});

test("apart() moves both of two that are too near, by the same distance", () => {
  expect(apart([20, 22, 50], 10)).toEqual([16, 26, 50]);
});

test("apart() moves on what another comes too near to by its own move", () => {
  // Of 0, 0 and 12 all three give way: by hand, (0 + (0 − 10) + (12 − 20)) / 3 = −6.
  expect(apart([0, 0, 12], 10)).toEqual([-6, 4, 14]);
});

test("apart() keeps the order of values in any order, and of equal ones that in which they came", () => {
  expect(apart([5, 3, 5], 10)).toEqual([13 / 3, 13 / 3 - 10, 13 / 3 + 10]);
});
