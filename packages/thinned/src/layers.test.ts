import { describe, expect, it } from "vitest";
import { dense } from "./dense.js";
import { dropout } from "./dropout.js";
import { input } from "./input.js";

describe("dropout()", () => {
  it.each([1, -0.1, Number.NaN, 1.5, Number.POSITIVE_INFINITY])(
    "throws RangeError when the rate is %d",
    (rate) => {
      expect(() => dropout(rate)).toThrow(
        new RangeError(`Cannot make a dropout layer: rate is ${rate}, a number in [0, 1) is wanted`),
      );
    },
  );

  it("throws RangeError with the index of a rate", () => {
    expect(() => dropout([0.1, 1])).toThrow(/rate\[1\] is 1, a number in \[0, 1\)/);
    expect(() => dropout([])).toThrow(RangeError);
  });

  it("throws RangeError when a kept unit could never be drawn", () => {
    expect(() => dropout(1 - 2 ** -33)).toThrow(/a probability below 2\^-32/);
    expect(dropout(1 - 2 ** -32).definition.kind).toBe("dropout");
  });

  it("throws TypeError when the rate is no number", () => {
    expect(() => dropout("0.5" as never)).toThrow(TypeError);
  });
});

describe("dense()", () => {
  it.each([0, -1, 1.5, Number.NaN, 2 ** 24 + 1])("throws RangeError when units is %d", (units) => {
    expect(() => dense(units)).toThrow(
      new RangeError(`Cannot make a dense layer: units is ${units}, an integer in [1, 16777216] is wanted`),
    );
  });

  it("throws RangeError for an unknown activation", () => {
    expect(() => dense(1, { activation: "swish" as never })).toThrow(
      'activation is "swish", one of "linear", "relu", "leakyRelu", "elu", "gelu", "sigmoid", "tanh", "softplus", "softmax" is wanted',
    );
  });

  it("throws RangeError when c is not above 0 or lambda is 0", () => {
    expect(() => dense(1, { activation: { type: "sigmoid", c: 0 } })).toThrow(/activation\.c is 0/);
    expect(() => dense(1, { activation: { type: "sigmoid", lambda: 0 } })).toThrow(/activation\.lambda is 0/);
    expect(dense(1, { activation: { type: "sigmoid", lambda: -1 } }).definition.config).toMatchObject({
      activation: { c: 1, lambda: -1 },
    });
  });

  it("throws TypeError for an unknown option, and names the nearest", () => {
    expect(() => dense(1, { activaton: "relu" } as never)).toThrow(
      new TypeError('Cannot make a dense layer: there is no option "activaton"; did you mean activation?'),
    );
  });

  it.each(["", "all", "input", "x".repeat(201)])("throws RangeError for the name %o", (name) => {
    expect(() => dense(1, { name })).toThrow(RangeError);
  });
});

describe("input()", () => {
  it.each([[[]], [[0]], [[1.5]], [[28, 0]], [[2 ** 13, 2 ** 13]], [[1, 1, 1, 1, 1, 1, 1, 1]], [[2 ** 25]]])(
    "throws RangeError for the shape %o",
    (shape) => {
      expect(() => input(shape)).toThrow(RangeError);
    },
  );
});
