import { describe, expect, test } from "vitest";
import { type Activation, denseLayer } from "./description.ts";
import { deterministicFactors, forward } from "./forward.ts";
import { type Loss, rowLoss } from "./loss.ts";
import { arrange } from "./network.ts";

// An identity kernel: the input is the pre-activation.
function lossOf(
  loss: Loss,
  activation: Activation,
  s: readonly [number, number],
  target: readonly number[],
): number {
  const network = arrange({ inputs: 2, nodes: [denseLayer(0, 2, [1, 0, 0, 1], { activation })], output: 1 });
  return rowLoss(network, forward(network, s, deterministicFactors(network)), target, loss);
}

describe("rowLoss()", () => {
  test("of meanSquaredError and meanAbsoluteError is a mean over the outputs", () => {
    expect(lossOf("meanSquaredError", "linear", [1, 4], [3, 3])).toBeCloseTo((4 + 1) / 2, 15);
    expect(lossOf("meanAbsoluteError", "linear", [1, 4], [3, 3])).toBeCloseTo((2 + 1) / 2, 15);
  });

  test("of Huber is half a square up to delta, and a line beyond", () => {
    expect(lossOf({ name: "huber", delta: 1 }, "linear", [1, 4], [0.5, 0])).toBeCloseTo(
      (0.125 + 3.5) / 2,
      15,
    );
  });

  test("of a Gaussian likelihood is half a squared error over the variance, and half its logarithm", () => {
    const wanted = (Math.log(4) + 3 ** 2 / 4) / 2;
    expect(lossOf("gaussianNegativeLogLikelihood", "linear", [1, Math.log(4)], [4])).toBeCloseTo(wanted, 15);
  });

  test("of binaryCrossentropy is the mean surprise of the outputs", () => {
    const [p, q] = [1 / (1 + Math.exp(-0.5)), 1 / (1 + Math.exp(2))];
    expect(lossOf("binaryCrossentropy", "sigmoid", [0.5, -2], [1, 0.25])).toBeCloseTo(
      (-Math.log(p) - 0.25 * Math.log(q) - 0.75 * Math.log(1 - q)) / 2,
      14,
    );
  });

  test("of the two categorical crossentropies is -log p of the label", () => {
    const p = Math.exp(2) / (Math.exp(1) + Math.exp(2));
    expect(lossOf("categoricalCrossentropy", "softmax", [1, 2], [0, 1])).toBeCloseTo(-Math.log(p), 15);
    expect(lossOf("sparseCategoricalCrossentropy", "softmax", [1, 2], [1])).toBeCloseTo(-Math.log(p), 15);
  });

  test("stays finite where the wrong answer is certain", () => {
    expect(lossOf("sparseCategoricalCrossentropy", "softmax", [0, 900], [0])).toBeCloseTo(900, 10);
    expect(lossOf("binaryCrossentropy", "sigmoid", [900, 0], [0, 0.5])).toBeCloseTo(
      (900 + Math.log(2)) / 2,
      10,
    );
  });

  test("refuses a crossentropy of outputs that are no probabilities", () => {
    expect(() => lossOf("binaryCrossentropy", "linear", [0, 0], [0, 1])).toThrow(RangeError);
  });
});
