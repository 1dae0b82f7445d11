import { ShapeError } from "thinned";
import { afterAll, describe, expect, test } from "vitest";
import { expectError } from "./expectError.ts";
import { entrances, loss, newModel, x, y } from "./model.ts";

const model = newModel();
afterAll(() => model.dispose());

describe.each(entrances)("%s()", (_name, call) => {
  const refuses = (inputs: unknown, ...rest: [Parameters<typeof expectError>[1], ...(string | RegExp)[]]) =>
    expectError(() => call(model, inputs as never), ...rest);

  test("throws ShapeError when the batch is empty", async () => {
    await refuses({ data: new Float32Array(0), shape: [0, 4] }, ShapeError, /empty|\b0\b/);
    await refuses([], ShapeError, /empty|\b0\b/);
  });

  test("throws ShapeError that prints the shape it got and the one it wants", async () => {
    await refuses({ data: new Float32Array(6), shape: [2, 3] }, ShapeError, "[2, 3]", /\b4\]/);
    await refuses([[1, 2]], ShapeError, "[1, 2]", /\b4\]/);
    await refuses({ data: new Float32Array(8), shape: [2, 2, 2] }, ShapeError, "[2, 2, 2]", /\b4\]/);
    await refuses({ data: new Float32Array(4), shape: [4] }, ShapeError, "[4]");
  });

  test("throws ShapeError when the data are not as many as the shape says", async () => {
    await refuses({ data: new Float32Array(7), shape: [2, 4] }, ShapeError, /\b7\b/, /\b8\b/);
  });

  test("throws RangeError when a shape is no list of sizes", async () => {
    await refuses({ data: new Float32Array(8), shape: [2.5, 4] }, RangeError, "2.5");
    await refuses({ data: new Float32Array(8), shape: [-2, -4] }, RangeError, "-2");
    await refuses({ data: new Float32Array(8), shape: [Number.NaN, 4] }, RangeError, "NaN");
  });

  test("throws ShapeError when nested arrays are ragged", async () => {
    await refuses(
      [
        [1, 2, 3, 4],
        [1, 2, 3],
      ],
      ShapeError,
    );
  });

  test.each([Number.NaN, Infinity, -Infinity])(
    "throws RangeError that says where %d stands",
    async (value) => {
      await refuses(
        [
          [1, 2, 3, 4],
          [1, 2, value, 4],
        ],
        RangeError,
        `x[1, 2] is ${value}`,
      );
      await refuses(
        { data: Float32Array.of(1, 2, 3, 4, 1, 2, value, 4), shape: [2, 4] },
        RangeError,
        `x[1, 2] is ${value}`,
      );
    },
  );

  test("throws RangeError when a number is too large for float32", async () => {
    await refuses([[1, 2, 1e39, 4]], RangeError, "x[0, 2]");
    await refuses({ data: Float64Array.of(1, 2, 1e39, 4), shape: [1, 4] }, RangeError, "x[0, 2]");
  });

  test.each([
    [undefined],
    [null],
    ["1,2,3,4"],
    [7],
    [[["1", "2", "3", "4"]]],
    [{ data: "1234", shape: [1, 4] }],
  ])("throws TypeError when the data are %o", async (inputs) => {
    await refuses(inputs, TypeError);
  });

  test("throws TypeError when the buffer was transferred elsewhere", async () => {
    const detached = new Float32Array(8);
    structuredClone(detached, { transfer: [detached.buffer] });
    await refuses({ data: detached, shape: [2, 4] }, TypeError, "detached");
    await refuses([detached], TypeError, "detached");
    // A typed array that was empty from the start is no such thing.
    await refuses({ data: new Float32Array(0), shape: [0, 4] }, ShapeError, /empty/);
  });

  test("takes typed arrays with a shape, nested arrays and Float64Array alike", async () => {
    for (const inputs of [
      x,
      [
        [1, 2, 3, 4],
        [5, 6, 7, 8],
      ],
      { data: Float64Array.from(x.data), shape: [2, 4] },
    ]) {
      await call(model, inputs as never);
    }
  });
});

describe("the targets of fit() and evaluate()", () => {
  const calls = [
    ["fit", (targets: never, of: string) => model.fit(x, targets, { epochs: 1, loss: of as typeof loss })],
    ["evaluate", (targets: never, of: string) => model.evaluate(x, targets, { loss: of as typeof loss })],
  ] as const;

  test.each(calls)("%s() throws ShapeError when there are other than one target a row", async (_, call) => {
    await expectError(() => call([0, 1, 2] as never, loss), ShapeError, /\b3\b/, /\b2\b/);
    await expectError(
      () =>
        call(
          [
            [1, 0],
            [0, 1],
          ] as never,
          "categoricalCrossentropy",
        ),
      ShapeError,
      "[2, 2]",
      "[2, 3]",
    );
  });

  test.each(calls)("%s() throws RangeError when a label is no class", async (_, call) => {
    await expectError(() => call([0, 3] as never, loss), RangeError, /\b3\b/);
    await expectError(() => call([0, -1] as never, loss), RangeError, "-1");
    await expectError(() => call([0.5, 1] as never, loss), RangeError, "0.5");
  });

  test.each(calls)("%s() throws RangeError when a target is NaN", async (_, call) => {
    await expectError(
      () =>
        call(
          [
            [1, 0, 0],
            [0, Number.NaN, 1],
          ] as never,
          "meanSquaredError",
        ),
      RangeError,
      "y[1, 1] is NaN",
    );
  });

  test.each(calls)("%s() names a loss it does not know and those it knows", async (_, call) => {
    await expectError(
      () => call(y as never, "meanSquareError"),
      Error,
      "meanSquareError",
      "meanSquaredError",
    );
  });
});

test("a refused call leaves the model as it was", async () => {
  const before = model.getWeights();
  await expectError(() => model.fit([[1, 2, Number.NaN, 4]], [0], { epochs: 1, loss }), RangeError);
  expect(model.getWeights()).toEqual(before);
});
