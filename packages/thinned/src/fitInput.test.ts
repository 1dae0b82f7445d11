import { describe, expect, it } from "vitest";
import { dense } from "./dense.js";
import { ShapeError } from "./errors.js";
import type { FitOptions } from "./fit.js";
import { sequential } from "./sequential.js";

const x = [
  [1, 0],
  [0, 1],
  [1, 1],
];
const classes = () => sequential([dense(3, { activation: "softmax" })], { inputShape: [2], seed: 1 });
const sparse = { loss: "sparseCategoricalCrossentropy", variant: "simd128" } as const;
const oneHot = { loss: "categoricalCrossentropy", variant: "simd128" } as const;

describe("fit() refuses a classWeight", () => {
  const fit = (classWeight: unknown, more: Partial<FitOptions> = {}) =>
    classes().fit(x, [0, 1, 2], { ...sparse, ...more, classWeight } as FitOptions);

  it.each<[unknown, string]>([
    [new Map([[1, 5]]), "classWeight is an object (Map), an array or a plain object of weights"],
    [new Set([1]), "classWeight is an object (Set), an array or a plain object of weights"],
    [{ "": 5 }, 'classWeight has "", the number of a class in [0, 3) is wanted'],
    [{ "01": 5 }, 'classWeight has "01", the number of a class in [0, 3) is wanted'],
    [{ "1e0": 5 }, 'classWeight has "1e0", the number of a class in [0, 3) is wanted'],
    [{ 3: 5 }, 'classWeight has "3", the number of a class in [0, 3) is wanted'],
    [{ 1: 1e39 }, "classWeight[1] is 1e+39, a number of at least 0 and within float32 is wanted"],
  ])("that is no list of weights by class: %o", async (classWeight, message) => {
    await expect(fit(classWeight)).rejects.toThrow(`Cannot fit: ${message}`);
  });

  it("that goes beyond float32 with the weight of a row", async () => {
    const fits = fit({ 1: 1e30 }, { sampleWeight: [1, 1e30, 1] });
    await expect(fits).rejects.toThrow(
      "Cannot fit: sampleWeight[1] times the classWeight of its row is beyond float32, smaller weights are wanted",
    );
  });

  it("but none without a prototype, or in an array of any type", async () => {
    for (const weights of [Object.assign(Object.create(null), { 1: 2 }), [1, 2], Float64Array.of(1, 2)]) {
      expect((await fit(weights)).epoch).toEqual([0]);
    }
  });
});

describe("fit() refuses targets", () => {
  it.each<[readonly (readonly number[])[], string]>([
    [
      [
        [0, 0, 1],
        [0.5, 0.4, 0],
        [1, 0, 0],
      ],
      "the targets in y[1] sum to 0.9, probabilities",
    ],
    [
      [
        [0, 0, 1],
        [0, 1, 0],
        [0, 0, 0],
      ],
      "the targets in y[2] sum to 0, probabilities",
    ],
    [
      [
        [1, 0, 1],
        [0, 1, 0],
        [1, 0, 0],
      ],
      "the targets in y[0] sum to 2, probabilities",
    ],
  ])("of classes that are no distribution: %j", async (y, message) => {
    const fit = classes().fit(x, y as never, oneHot);
    await expect(fit).rejects.toThrow(RangeError);
    await expect(fit).rejects.toThrow(`Cannot fit: ${message} that sum to 1 are wanted`);
    await expect(classes().evaluate(x, y as never, { loss: oneHot.loss })).rejects.toThrow(message);
  });

  it("but no soft labels, even rounded ones", async () => {
    const soft = [
      [0.333, 0.333, 0.333],
      [0.1, 0.7, 0.2],
      [0.9995, 0, 0],
    ];
    expect((await classes().fit(x, soft, oneHot)).epoch).toEqual([0]);
  });

  it("of a network with an odd number of outputs where half of them are variances", async () => {
    const model = sequential([dense(3)], { inputShape: [2], seed: 1 });
    const loss = "gaussianNegativeLogLikelihood";
    const wanted = /has 3 (outputs a row|units), (wanted )?an even number/;
    await expect(model.fit(x, x, { loss })).rejects.toThrow(wanted);
    await expect(model.fit([[x, x]], { loss })).rejects.toThrow(wanted);
    await expect(model.fit(x, x, { loss })).rejects.toThrow(ShapeError);
  });
});

describe("fit() refuses batches", () => {
  it("with a slip in the name of a part", async () => {
    const batch = { x, y: [0, 1, 2], sampleWeights: [1, 2, 3] };
    await expect(classes().fit([batch as never], sparse)).rejects.toThrow(
      'Cannot fit: batch 0 of epoch 0: there is no option "sampleWeights"; did you mean sampleWeight?',
    );
  });
});
