import { dense, dropout, input, ShapeError, sequential } from "thinned";
import { describe, expect, test } from "vitest";
import { expectError } from "./expectError.ts";

describe("dropout()", () => {
  test.each([1, 1.5, -0.1, -1e-300, Number.NaN, Infinity, -Infinity])(
    "throws RangeError when the rate is %d",
    async (rate) => {
      await expectError(() => dropout(rate), RangeError, String(rate), "[0, 1)");
    },
  );

  test("throws RangeError that names the index of a bad rate in a list", async () => {
    await expectError(() => dropout([0.1, 0.2, 1, 0.3]), RangeError, /\b2\b/, /\b1\b/, "[0, 1)");
    await expectError(() => dropout([0.1, Number.NaN]), RangeError, /\b1\b/, "NaN");
  });

  test("throws RangeError when a keep probability is too small for 32 bits", async () => {
    await expectError(() => dropout(1 - 2 ** -33), RangeError, "rate is 0.99999999988", "2^-32");
  });

  test("takes the largest rate that 32 bits hold", () => {
    expect(() => dropout(1 - 2 ** -32)).not.toThrow();
  });

  test("throws RangeError when the list of rates is empty", async () => {
    await expectError(() => dropout([]), RangeError);
  });

  test.each([["0.5"], [null], [undefined], [{}], [true]])(
    "throws TypeError when the rate is %o",
    async (rate) => {
      await expectError(() => dropout(rate as never), TypeError);
    },
  );

  test("throws ShapeError when there are fewer or more rates than units", async () => {
    await expectError(() => dropout([0.1, 0.2]).apply(input([3])), ShapeError, /\b2\b/, /\b3\b/);
    const build = () => sequential([dropout([0.1, 0.2, 0.3, 0.4]), dense(1)], { inputShape: [3], seed: 1 });
    await expectError(build, ShapeError, /\b4\b/, /\b3\b/);
  });
});

describe("dense()", () => {
  test.each([1, -0.1, Number.NaN])("throws RangeError when connectionRate is %d", async (connectionRate) => {
    await expectError(() => dense(3, { connectionRate }), RangeError, String(connectionRate), "[0, 1)");
  });

  test.each([0, -1, 2.5, Number.NaN, Infinity])("throws RangeError when units is %d", async (units) => {
    await expectError(() => dense(units), RangeError, String(units));
  });

  test("throws an error that names an activation it does not know", async () => {
    const error = await expectError(
      () => dense(3, { activation: "sigmiod" as never }),
      Error,
      "sigmiod",
      "sigmoid",
    );
    expect([RangeError, TypeError].some((errorClass) => error instanceof errorClass)).toBe(true);
  });

  test.each([
    { c: 0, lambda: 1 },
    { c: -1, lambda: 1 },
    { c: Number.NaN, lambda: 1 },
    { c: 1, lambda: 0 },
    { c: 1, lambda: Infinity },
  ])("throws RangeError when the sigmoid has c = $c and λ = $lambda", async ({ c, lambda }) => {
    await expectError(() => dense(3, { activation: { type: "sigmoid", c, lambda } }), RangeError);
  });
});
