import { describe, expect, it } from "vitest";
import { integer, onlyOptions, printed } from "./argument.js";

/** Nested so deep that recursion would run out of stack. */
function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [value] : { a: value };
  return value;
}

describe("printed()", () => {
  it.each<[unknown, string]>([
    ["a", '"a"'],
    ["x".repeat(50), `"${"x".repeat(40)}…"`],
    [10n ** 60n, `1${"0".repeat(39)}…n`],
    [Symbol("a"), "a symbol"],
    [() => 1, "a function"],
    [null, "null"],
    [[1, "2", [3]], '[1, "2", an array of 1]'],
    [new Array(2), "[undefined, undefined]"],
    [new Array(9).fill(0), "an array of 9"],
    [new Map(), "an object (Map)"],
    [Object.create(null), "an object (no prototype)"],
    [{ constructor: { name: nested(5) } }, "an object (no prototype)"],
    [{ constructor: null }, "an object (no prototype)"],
  ])("gives a few words for %o", (value, words) => {
    expect(printed(value)).toBe(words);
  });

  it("does not follow nesting", () => {
    expect(printed(nested(100_001))).toBe("[an object (Object)]");
    expect(printed(nested(100_000))).toBe("an object (Object)");
    expect(printed({ constructor: { name: nested(100_000) } })).toBe("an object (no prototype)");
  });
});

describe("integer()", () => {
  it("says the upper limit where there is one of the caller's, or the value is beyond that of integers", () => {
    const wanted = (value: number, most?: number) => () => integer("fit", "epochs", value, 1, most);
    expect(wanted(0)).toThrow("epochs is 0, an integer of at least 1 is wanted");
    expect(wanted(0, 9)).toThrow("epochs is 0, an integer in [1, 9] is wanted");
    expect(wanted(2 ** 62)).toThrow(`epochs is ${2 ** 62}, an integer in [1, 9007199254740991] is wanted`);
  });
});

describe("onlyOptions()", () => {
  it("names what is near, and otherwise all that there is", () => {
    const check = (options: object) => () => onlyOptions("fit", options, ["epochs", "seed"]);
    expect(check({ epoch: 1 })).toThrow(
      new TypeError('Cannot fit: there is no option "epoch"; did you mean epochs?'),
    );
    expect(check({ rate: 1 })).toThrow(
      new TypeError('Cannot fit: there is no option "rate"; the options are epochs, seed'),
    );
    expect(check({ seed: 1 })).not.toThrow();
  });
});
