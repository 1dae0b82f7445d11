import { describe, expect, test } from "vitest";
import { normals } from "../oracle/values.ts";
import { normalDistribution, normality } from "./normality.ts";

const draw = normals(2);
const scores = Array.from({ length: 1000 }, draw);

describe("normality()", () => {
  test("accepts normal scores", () => {
    expect(normality(scores)).toMatchObject({ isNormal: true });
  });

  test.each([
    ["a variance a quarter too large", (z: number) => z * Math.sqrt(1.25)],
    ["a variance a quarter too small", (z: number) => z * Math.sqrt(0.75)],
    ["a shifted mean", (z: number) => z + 0.2],
    ["two values in place of a bell", (z: number) => Math.sign(z)],
  ])("rejects %s", (_, distort) => {
    expect(normality(scores.map(distort))).toMatchObject({ isNormal: false });
  });
});

test.each([
  [0, 0.5],
  [1, 0.8413447],
  [-1.959964, 0.025],
  [3, 0.9986501],
])("normalDistribution() of %d is %d", (z, probability) => {
  expect(normalDistribution(z)).toBeCloseTo(probability, 6);
});
