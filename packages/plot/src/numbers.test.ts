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
  [7, "7"],
  ["12", '"12"'],
  [{}, "an object"],
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

test.each<[unknown, string]>([
  [{ data: [1], shape: 1 }, "x.shape is 1, wanted an array of sizes"],
  [{ data: null, shape: [1] }, "x is an object, wanted numbers or a tensor"],
  [["1"], 'x[0] is "1", wanted a number'],
  [[1, Symbol("a")], "x[1] is a symbol, wanted a number"],
  [new Array(2), "x[0] is undefined, wanted a number"],
])("values() throws TypeError for %o", (numbers, problem) => {
  expect(() => check.values("x", numbers as Numbers)).toThrow(
    new TypeError(`Cannot draw a test: ${problem}`),
  );
});

test("options() throws for a slip in a name, a text that is none, and a width that is none", () => {
  const attempt = (options: unknown) => () => check.options(options as object, ["title"], ["classes"]);
  expect(attempt({ title: "a", classes: 2, width: 9 })).not.toThrow();
  expect(attempt({ title: undefined, width: undefined })).not.toThrow();
  expect(attempt({ titel: "a" })).toThrow(
    new TypeError('Cannot draw a test: there is no option "titel", the options are title, classes, width'),
  );
  expect(attempt({ title: 1 })).toThrow(new TypeError("Cannot draw a test: title is 1, wanted a text"));
  expect(attempt(null)).toThrow(
    new TypeError("Cannot draw a test: the argument for options is null, wanted an object"),
  );
  for (const width of [0, -1, Number.NaN, "7"]) expect(attempt({ width })).toThrow(RangeError);
});
