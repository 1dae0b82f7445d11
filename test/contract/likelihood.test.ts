// Likelihoods are of outputs that are what the loss takes them for: fit() refuses others, and so do these.
import { dense, dropout, type LossName, type Model, sequential } from "thinned";
import { describe, test } from "vitest";
import { expectError } from "./expectError.ts";

const linear = sequential([dropout(0.5), dense(2, { name: "scores" })], { inputShape: [1], seed: 1 });
const one = sequential([dropout(0.5), dense(1, { name: "score" })], { inputShape: [1], seed: 1 });

const cases: [LossName, Model, number[], string][] = [
  ["sparseCategoricalCrossentropy", linear, [0, 1], "softmax"],
  ["binaryCrossentropy", one, [0, 1], "sigmoid"],
];

describe.each(cases)("%s of a linear output", (loss, model, y, wanted) => {
  const x = [[1], [2]];

  test("is refused by predictiveLogLikelihood()", async () => {
    await expectError(() => model.predictiveLogLikelihood(x, y, { loss }), RangeError, "score", wanted);
  });

  test("is refused by elbo()", async () => {
    const prior = { lengthScale: 1 };
    await expectError(() => model.elbo(x, y, { loss, prior }), RangeError, "score", wanted);
  });
});
