import { expect, test } from "vitest";
import { entropy, uncertainty } from "./entropy.ts";

test("entropy() of k equal classes is log k, of a certain one 0", () => {
  expect(entropy([0.25, 0.25, 0.25, 0.25])).toBeCloseTo(Math.log(4), 15);
  expect(entropy([0, 1, 0])).toBeCloseTo(0, 15);
});

test("uncertainty() of samples that are each certain but disagree is all mutual information", () => {
  const found = uncertainty([
    [1, 0],
    [0, 1],
    [1, 0],
    [1, 0],
  ]);
  expect(found.expectedEntropy).toBeCloseTo(0, 15);
  expect(found.mutualInformation).toBeCloseTo(-0.75 * Math.log(0.75) - 0.25 * Math.log(0.25), 15);
  expect(found.variationRatio).toBe(0.25);
});

test("uncertainty() of one logistic output is that of the pair (1 - p, p)", () => {
  expect(uncertainty([[0.9], [0.2]])).toEqual(
    uncertainty([
      [1 - 0.9, 0.9],
      [0.8, 0.2],
    ]),
  );
});

test("uncertainty() gives a tie to the lower class", () => {
  expect(uncertainty([[0.5], [0.5], [0.75]]).variationRatio).toBeCloseTo(1 / 3, 15);
});
