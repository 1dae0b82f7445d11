// The weights a seed starts from: Glorot and Bengio 2010, eq. 16, from the stream of THEORY §6.
import { dense, dropout, sequential } from "thinned";
import { describe, expect, test } from "vitest";
import { at } from "../oracle/at.ts";
import { Domain, randomBlock } from "../oracle/gates.ts";

const widths = [7, 5, 3] as const;

function weightsOf(seed: number): { data: ArrayLike<number>; shape: readonly number[] }[] {
  const model = sequential([dense(5), dropout(0.5), dense(3)], { inputShape: [7], seed });
  const weights = model.getWeights();
  model.dispose();
  return weights;
}

describe("a new model", () => {
  test("has kernels of uniform numbers within √(6/(inputs + units)), word k of its tensor's stream for weight k", () => {
    const seed = 2 ** 40 + 17;
    const weights = weightsOf(seed);
    expect(weights.map(({ shape }) => shape)).toEqual([[7, 5], [5], [5, 3], [3]]);
    for (const [layer, tensor] of [0, 2].entries()) {
      const limit = Math.sqrt(6 / (at(widths, layer) + at(widths, layer + 1)));
      Array.from(at(weights, tensor).data).forEach((weight, k) => {
        const draw = { seed, domain: Domain.initialisation, site: tensor, row: 0, sample: 0 };
        const word = at(randomBlock(draw, Math.floor(k / 4)), k % 4);
        // Float32 keeps 24 bits of the word, whichever way they are rounded.
        expect(Math.abs(weight - limit * (2 * (word / 2 ** 32) - 1))).toBeLessThan(limit * 2 ** -21);
      });
    }
  });

  test("has biases of 0", () => {
    const weights = weightsOf(3);
    expect([...Array.from(at(weights, 1).data), ...Array.from(at(weights, 3).data)]).toEqual(
      new Array(8).fill(0),
    );
  });

  test("has the same weights from the same seed and others from another", () => {
    expect(weightsOf(4)).toEqual(weightsOf(4));
    expect(at(weightsOf(4), 0).data).not.toEqual(at(weightsOf(5), 0).data);
    expect(at(weightsOf(4), 0).data).not.toEqual(at(weightsOf(4 + 2 ** 32), 0).data);
  });
});
