import { expect, test } from "vitest";
import { printed } from "./printed.js";

test.each([
  ["12", '"12"'],
  ["x".repeat(50), `"${"x".repeat(40)}…"`],
  [null, "null"],
  [7n, "7"],
  [Symbol("a"), "a symbol"],
  [() => 1, "a function"],
  [[[[]]], "an array of 1"],
  [Object.create(null), "an object"],
])("printed() gives a few words for %o", (value, words) => {
  expect(printed(value)).toBe(words);
});
