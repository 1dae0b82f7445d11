// Training on the expected loss: what a hundred sampled runs do in the mean, without a draw.
import { dense, dropout, type FitOptions, sequential, sgd } from "thinned";
import { expect, test } from "vitest";

const epochs = 25;
const x = Array.from({ length: 120 }, (_, row) => [Math.sin(3 * row), Math.cos(5 * row), Math.sin(row) ** 2]);
const labels = x.map(([a = 0, b = 0]) => Number(a + 0.5 * b > 0));
const numbers = x.map(([a = 0, b = 0, c = 0]) => a - 2 * b + c);

type Kind = "sigmoid" | "linear";

async function losses(
  activation: Kind,
  options: Partial<FitOptions>,
  rate = 0.4,
): Promise<readonly number[]> {
  const model = sequential([dropout(rate), dense(1, { activation })], { inputShape: [3], seed: 5 });
  model.setWeights([[[0.5], [-1], [0.25]], [0]]);
  const { history } = await model.fit(x, activation === "sigmoid" ? labels : numbers, {
    loss: activation === "sigmoid" ? "binaryCrossentropy" : "meanSquaredError",
    optimizer: sgd({ learningRate: activation === "sigmoid" ? 0.5 : 0.05 }),
    epochs,
    batchSize: 120,
    variant: "simd128",
    ...options,
  });
  model.dispose();
  return history.loss;
}

test.each(["sigmoid", "linear"] as const)(
  "the loss curve of a %s layer lies inside the band of 100 sampled runs, as no run without dropout does",
  async (activation) => {
    const runs: (readonly number[])[] = [];
    for (let seed = 0; seed < 100; seed++) runs.push(await losses(activation, { seed }));
    const expected = await losses(activation, { expected: true });
    const without = await losses(activation, {}, 0);
    const band = expected.map((_, epoch) => runs.map((run) => run[epoch] as number));
    const inside = (curve: readonly number[]) =>
      curve.filter((loss, epoch) => {
        const own = band[epoch] as number[];
        return loss >= Math.min(...own) && loss <= Math.max(...own);
      }).length;
    expect(inside(expected)).toBe(epochs);
    expect(inside(without)).toBeLessThan(epochs / 2);
    // In the first epoch the weights are the same in all runs: their mean is the expectation, within its standard error.
    const first = band[0] as number[];
    const mean = first.reduce((sum, loss) => sum + loss, 0) / 100;
    const deviation = Math.sqrt(first.reduce((sum, loss) => sum + (loss - mean) ** 2, 0) / 99);
    expect(Math.abs((expected[0] as number) - mean)).toBeLessThan(4.5 * (deviation / 10));
  },
);

test("fit() with expected: true depends on no seed but for the order of the rows, and on no cut of a batch", async () => {
  const one = await losses("sigmoid", { expected: true, shuffle: false, seed: 1, batchSize: 50 });
  const other = await losses("sigmoid", { expected: true, shuffle: false, seed: 2, batchSize: 50 });
  expect(one).toEqual(other);
  expect(one).not.toEqual(await losses("sigmoid", { shuffle: false, seed: 1, batchSize: 50 }));
});

test("fit() with expected: true takes the step of expectedGradient(), each row times its weight", async () => {
  const model = sequential([dropout([0.5, 0.25, 0]), dense(2, { activation: "sigmoid" })], {
    inputShape: [3],
    seed: 5,
  });
  const y = labels.map((label) => [label, 1 - label]);
  const { kernel, bias, error } = await model.expectedGradient(x, y);
  const [before, offset] = model.getWeights().map(({ data }) => Float32Array.from(data));
  const { history } = await model.fit(x, y, {
    loss: "binaryCrossentropy",
    optimizer: sgd({ learningRate: 1 }),
    batchSize: 120,
    expected: true,
    sampleWeight: new Array(120).fill(2),
    metrics: ["accuracy"],
  });
  const [after, moved] = model.getWeights().map(({ data }) => data);
  kernel.data.forEach((slope, i) => {
    expect((before?.[i] as number) - (after?.[i] as number)).toBeCloseTo(2 * slope, 6);
  });
  bias.data.forEach((slope, i) => {
    expect((offset?.[i] as number) - (moved?.[i] as number)).toBeCloseTo(2 * slope, 6);
  });
  expect(history.loss[0]).toBeCloseTo(2 * error, 12);
  expect(history.accuracy?.[0]).toBeGreaterThan(0);
  model.dispose();
});

test("fit() with expected: true goes on from a checkpoint, and not from one that drew masks", async () => {
  const kept: { bytes?: Uint8Array } = {};
  const store = {
    read: async () => kept.bytes,
    write: async (bytes: Uint8Array) => {
      kept.bytes = bytes;
    },
  };
  const whole = await losses("sigmoid", { expected: true });
  await losses("sigmoid", { expected: true, epochs: 10, checkpoint: store });
  expect(await losses("sigmoid", { expected: true, resume: store })).toEqual(whole);
  await expect(losses("sigmoid", { resume: store })).rejects.toThrow(/maskSharing/);
});

test("fit() with expected: true throws for other models, losses, and a sharing of masks", async () => {
  const wanted = /^Cannot (train on the expected loss|compute an expected gradient)/;
  const two = sequential([dropout(0.5), dense(3), dense(1)], { inputShape: [3], seed: 1 });
  await expect(two.fit(x, numbers, { loss: "meanSquaredError", expected: true })).rejects.toThrow(wanted);
  const curved = sequential([dropout(0.5), dense(1, { activation: "tanh" })], { inputShape: [3], seed: 1 });
  await expect(curved.fit(x, numbers, { loss: "meanSquaredError", expected: true })).rejects.toThrow(wanted);
  await expect(curved.fit(x, numbers, { loss: "huber", expected: true })).rejects.toThrow(RangeError);
  await expect(
    curved.fit(x, numbers, { loss: "meanSquaredError", expected: true, maskSharing: "batch" }),
  ).rejects.toThrow(TypeError);
});
