import { ShapeError } from "thinned";
import { afterAll, describe, expect, test } from "vitest";
import { expectError } from "./expectError.ts";
import { newModel, x } from "./model.ts";

const model = newModel();
const before = model.getWeights();
afterAll(() => model.dispose());

type Weights = Parameters<typeof model.setWeights>[0];
// The model's weights with one tensor exchanged.
const withTensor = (index: number, tensor: unknown): Weights =>
  model.getWeights().map((own, i) => (i === index ? tensor : own)) as Weights;

describe("setWeights()", () => {
  test.each([Number.NaN, Infinity, -Infinity])(
    "throws RangeError that says where %d stands",
    async (value) => {
      const kernel = {
        data: Float32Array.from({ length: 15 }, (_, i) => (i === 7 ? value : 1)),
        shape: [5, 3],
      };
      await expectError(
        () => model.setWeights(withTensor(2, kernel)),
        RangeError,
        `weights[2][2, 1] is ${value}`,
      );
      expect(model.getWeights()).toEqual(before);
    },
  );

  test("throws ShapeError that prints the shape it got and the one it wants", async () => {
    const turned = { data: new Float32Array(15), shape: [3, 5] };
    await expectError(() => model.setWeights(withTensor(2, turned)), ShapeError, "[3, 5]", "[5, 3]");
    expect(model.getWeights()).toEqual(before);
  });

  test("throws RangeError when there are too few or too many tensors", async () => {
    const weights = model.getWeights();
    await expectError(() => model.setWeights(weights.slice(0, 3)), RangeError, /\b3\b/, /\b4\b/);
    await expectError(() => model.setWeights([...weights, ...weights]), RangeError, /\b8\b/, /\b4\b/);
    expect(model.getWeights()).toEqual(before);
  });

  test("throws TypeError when it is given no list of tensors", async () => {
    for (const weights of [undefined, null, 5, "weights"]) {
      await expectError(() => model.setWeights(weights as never), TypeError);
    }
  });

  test("changes nothing when a later tensor is bad", async () => {
    const weights = model
      .getWeights()
      .map(({ data, shape }) => ({ data: data.map((value) => value + 1), shape }));
    weights[3] = { data: Float32Array.of(0, Number.NaN, 0), shape: [3] };
    await expectError(() => model.setWeights(weights), RangeError, "weights[3][1] is NaN");
    expect(model.getWeights()).toEqual(before);
  });
});

describe("getWeights()", () => {
  test("hands out copies that belong to the caller", () => {
    const prediction = model.predict(x);
    for (const { data } of model.getWeights()) data.fill(9);
    expect(model.getWeights()).toEqual(before);
    expect(model.predict(x)).toEqual(prediction);
  });

  test("gives back what setWeights() took, which stays the caller's", () => {
    const other = newModel();
    const weights = before.map(({ data, shape }) => ({
      data: data.map((value) => value / 2),
      shape: [...shape],
    }));
    other.setWeights(weights);
    expect(other.getWeights()).toEqual(weights);
    weights[0]?.data.fill(7);
    expect(other.getWeights()[0]?.data).not.toEqual(weights[0]?.data);
    other.dispose();
  });
});
