import { expect, test } from "vitest";
import { Arguments, type Numbers } from "./numbers.js";

const check = new Arguments("a test");

test("values() reads arrays, typed arrays and tensors alike", () => {
  for (const numbers of [
    [1, 2],
    new Float64Array([1, 2]),
    { data: new Float32Array([1, 2]), shape: [2, 1] },
  ]) {
    expect(check.values("x", numbers)).toEqual([1, 2]);
  }
});

test.each([
  [null, "null"],
  [undefined, "undefined"],
  [7, "number"],
  ["12", "string"],
  [{}, "object"],
])("values() throws TypeError for %j", (numbers, kind) => {
  expect(() => check.values("x", numbers as unknown as Numbers)).toThrow(
    new TypeError(`Cannot draw a test: x is ${kind}, wanted numbers or a tensor`),
  );
});

test("values() throws RangeError when a tensor does not fill its shape", () => {
  expect(() => check.values("x", { data: [1, 2, 3], shape: [2, 2] })).toThrow(
    new RangeError("Cannot draw a test: x has 3 values, wanted 4 for its shape [2,2]"),
  );
});

test("within() throws RangeError outside the range, and returns the values inside it", () => {
  expect(check.within("x", [0, 1], [0, 1])).toEqual([0, 1]);
  expect(() => check.within("x", [0, 1.5], [0, 1])).toThrow(
    new RangeError("Cannot draw a test: x[1] is 1.5, wanted a value in [0, 1]"),
  );
});

test("paired() counts per row when there are several rows", () => {
  expect(check.paired("x", [1, 2, 3, 4], { name: "y", length: 2, rows: 2 })).toEqual([1, 2, 3, 4]);
  expect(() => check.paired("x", [1, 2, 3, 4, 5, 6], { name: "y", length: 2, rows: 2 })).toThrow(
    new RangeError("Cannot draw a test: x has 3 values and y has 2, wanted as many of each"),
  );
});
