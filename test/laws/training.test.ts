// What holds of fit() whatever the order in which it visits the rows.
import { dense, dropout, type Model, sequential, sgd } from "thinned";
import { describe, expect, test } from "vitest";
import { at } from "../oracle/at.ts";
import { normalRows } from "../oracle/values.ts";

// One input per row, so that each weight belongs to one row and shows how often it was visited.
const ROWS = 37;
const oneHot = Array.from({ length: ROWS }, (_, row) =>
  Array.from({ length: ROWS }, (_unused, i) => (i === row ? 1 : 0)),
);
const targets = [...(normalRows(141, 1, ROWS)[0] ?? [])];
const LEARNING_RATE = 0.25;

const newModel = (): Model => sequential([dense(1, { useBias: false })], { inputShape: [ROWS], seed: 3 });

async function fitOneHot(options: { epochs: number; shuffle: boolean; seed?: number; batchSize?: number }) {
  const model = newModel();
  const before = at(model.getWeights(), 0).data;
  const optimizer = sgd({ learningRate: LEARNING_RATE });
  await model.fit(oneHot, targets, { batchSize: 1, loss: "meanSquaredError", optimizer, ...options });
  const after = at(model.getWeights(), 0).data;
  model.dispose();
  return { before, after };
}

describe("fit()", () => {
  test.each([
    [1, true],
    [1, false],
    [3, true],
  ])("visits every row once in each of %d epochs (shuffle: %s)", async (epochs, shuffle) => {
    const { before, after } = await fitOneHot({ epochs, shuffle, seed: 8 });
    // Each visit takes the weight the share 2η of the way to its target.
    const left = (1 - 2 * LEARNING_RATE) ** epochs;
    targets.forEach((target, row) => {
      expect(Math.abs(at(after, row) - (target + (at(before, row) - target) * left))).toBeLessThan(1e-6);
    });
  });

  test("averages over the rows of a batch, of the last and smaller one as well", async () => {
    const batchSize = 10;
    const { before, after } = await fitOneHot({ epochs: 1, shuffle: false, batchSize });
    targets.forEach((target, row) => {
      const rowsInBatch = row < 30 ? batchSize : ROWS - 30;
      const step = (2 * LEARNING_RATE) / rowsInBatch;
      expect(Math.abs(at(after, row) - (at(before, row) + step * (target - at(before, row))))).toBeLessThan(
        1e-6,
      );
    });
  });

  test("leaves weights behind closed gates alone", async () => {
    const model = sequential([dropout(0.5), dense(1, { useBias: false })], { inputShape: [400], seed: 1 });
    const before = at(model.getWeights(), 0).data;
    const ones = [new Array<number>(400).fill(1)];
    await model.fit(ones, [5], { loss: "meanSquaredError", optimizer: sgd({ learningRate: 1e-3 }), seed: 2 });
    const after = at(model.getWeights(), 0).data;
    const moved = Array.from(after, (weight, i) => weight !== at(before, i)).filter(Boolean).length;
    // One mask at rate 1/2 of 400 gates: 200 open, give or take 4 times √100.
    expect(Math.abs(moved - 200)).toBeLessThan(40);
    model.dispose();
  });

  test("throws RangeError when the loss runs away, and keeps finite weights", async () => {
    const model = newModel();
    const fit = model.fit(oneHot, targets, {
      epochs: 60,
      batchSize: 4,
      loss: "meanSquaredError",
      optimizer: sgd({ learningRate: 1e30 }),
    });
    await expect(fit).rejects.toThrow(RangeError);
    expect(at(model.getWeights(), 0).data.every(Number.isFinite)).toBe(true);
    model.dispose();
  });
});
