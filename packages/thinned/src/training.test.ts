import { describe, expect, it } from "vitest";
import { dense } from "./dense.js";
import { dropout } from "./dropout.js";
import type { FitOptions } from "./fit.js";
import { adam, sgd } from "./optimizer.js";
import { sequential } from "./sequential.js";
import type { FitProgress } from "./training.js";

const rows = 40;
const x = { data: Float32Array.from({ length: rows * 3 }, (_, i) => Math.sin(i)), shape: [rows, 3] };
const y = Float32Array.from({ length: rows }, (_, i) => Math.cos(i));

const newModel = () =>
  sequential([dense(4, { activation: "tanh" }), dropout(0.2), dense(1)], { inputShape: [3], seed: 1 });
const options: FitOptions = { loss: "meanSquaredError", epochs: 3, batchSize: 16, variant: "simd128" };
const fitted = async (more: Partial<FitOptions> = {}) => {
  const model = newModel();
  const { history } = await model.fit(x, y, { ...options, ...more });
  return { history, weights: model.getWeights() };
};

describe("fit()", () => {
  it("repeats with the seed, and differs with another", async () => {
    const first = await fitted({ seed: 5 });
    expect(await fitted({ seed: 5 })).toEqual(first);
    expect((await fitted({ seed: 6 })).history).not.toEqual(first.history);
  });

  it("takes the seed of the model by default", async () => {
    expect(await fitted()).toEqual(await fitted({ seed: 1 }));
  });

  it("gives the mean of the losses before each update, weighted by rows", async () => {
    const losses: number[] = [];
    const sizes = [16, 16, 8];
    const callbacks = [
      { onBatchEnd: (batch: number, { loss }: { loss: number }) => void losses.splice(batch, 0, loss) },
    ];
    const { history } = await fitted({ epochs: 1, callbacks });
    expect(losses).toHaveLength(3);
    const mean = losses.reduce((sum, loss, batch) => sum + loss * (sizes[batch] ?? 0), 0) / rows;
    expect(history.loss[0]).toBeCloseTo(mean, 12);
  });

  it("visits the rows in their order without shuffle, and otherwise once each", async () => {
    // With one weight, plain steps and no gates, the first loss tells which row came first.
    const model = sequential([dense(1, { useBias: false })], { inputShape: [1], seed: 1 });
    model.setWeights([[[0]]]);
    const seen = async (shuffle: boolean) => {
      const losses: number[] = [];
      const values = Array.from({ length: 20 }, (_, i) => i + 1);
      const callbacks = [{ onBatchEnd: (_: number, { loss }: { loss: number }) => void losses.push(loss) }];
      const fit = {
        loss: "meanSquaredError",
        batchSize: 1,
        shuffle,
        callbacks,
        optimizer: sgd({ learningRate: 1e-30 }),
      } as const;
      await model.fit(
        values.map((value) => [value]),
        values,
        fit,
      );
      return losses.map((loss) => Math.round(Math.sqrt(loss)));
    };
    const inOrder = Array.from({ length: 20 }, (_, i) => i + 1);
    expect(await seen(false)).toEqual(inOrder);
    const shuffled = await seen(true);
    expect(shuffled).not.toEqual(inOrder);
    expect([...shuffled].sort((a, b) => a - b)).toEqual(inOrder);
  });

  it("validates on the last rows, as evaluate() would at that moment", async () => {
    const model = newModel();
    const scores: number[] = [];
    const last = { data: x.data.subarray(30 * 3), shape: [10, 3] };
    const callbacks = [
      {
        onEpochEnd: async () => {
          const { loss } = await model.evaluate(last, y.subarray(30), { loss: "meanSquaredError" });
          scores.push(loss);
        },
      },
    ];
    const { history } = await model.fit(x, y, { ...options, validationSplit: 0.25, callbacks });
    expect(history.valLoss).toEqual(scores);
    const split = await fitted({ validationSplit: 0.25 });
    const head = { data: x.data.subarray(0, 30 * 3), shape: [30, 3] };
    const given = newModel();
    const { history: same } = await given.fit(head, y.subarray(0, 30), {
      ...options,
      validationData: [last, y.subarray(30)],
    });
    expect(same).toEqual(split.history);
  });

  it("reports progress in rows, up to all of them", async () => {
    const seen: FitProgress[] = [];
    await fitted({ validationSplit: 0.25, onProgress: (progress) => seen.push(progress) });
    expect(seen.at(-1)).toMatchObject({ done: 120, total: 120, epoch: 2, epochs: 3 });
    expect(seen.at(-1)?.loss).toBeGreaterThan(0);
  });

  it("stays usable after an abort, with the weights so far", async () => {
    const model = newModel();
    const before = model.getWeights();
    const controller = new AbortController();
    const callbacks = [{ onEpochEnd: () => controller.abort() }];
    const long = model.fit(x, y, { ...options, epochs: 1e6, signal: controller.signal, callbacks });
    await expect(long).rejects.toMatchObject({ name: "AbortError" });
    expect(model.getWeights()).not.toEqual(before);
    expect((await model.fit(x, y, options)).epoch).toEqual([0, 1, 2]);
  });

  it("stops at a loss that is not finite, and keeps the weights of the last good epoch", async () => {
    const model = newModel();
    const good = { epochs: 1, loss: "meanSquaredError", variant: "simd128", batchSize: 40 } as const;
    await model.fit(x, y, good);
    const kept = model.getWeights();
    const wild = model.fit(x, y, { ...options, optimizer: sgd({ learningRate: 1e30 }) });
    await expect(wild).rejects.toThrow(
      /^Cannot go on with fit\(\): (the loss is (NaN|Infinity) at batch \d of epoch 0|a weight of layer "\w+" is not finite after epoch 0); the weights from before this fit are kept; a learningRate below 1e\+30/,
    );
    await expect(wild).rejects.toBeInstanceOf(RangeError);
    expect(model.getWeights()).toEqual(kept);
  });

  it("runs once at a time for a model", async () => {
    const model = newModel();
    const first = model.fit(x, y, options);
    await expect(model.fit(x, y, options)).rejects.toThrow(
      "Cannot fit: another fit of this model is running",
    );
    await first;
    await model.fit(x, y, options);
  });

  it("ends with what a callback throws", async () => {
    const callbacks = [
      {
        onEpochBegin: () => {
          throw new Error("from the callback");
        },
      },
    ];
    await expect(fitted({ callbacks })).rejects.toThrow("from the callback");
  });

  it.each<[Partial<Record<keyof FitOptions, unknown>>, RegExp]>([
    [{ epochs: 0 }, /epochs is 0, an integer in \[1, 4294967295\] is wanted/],
    [{ batchSize: 0 }, /batchSize is 0, an integer of at least 1 is wanted/],
    [{ validationSplit: 1 }, /validationSplit is 1, a number in \[0, 1\) is wanted/],
    [{ validationSplit: 0.01 }, /leaves 40 to train and 0 to validate on/],
    [{ validationSplit: 0.5, validationData: [x, y] }, /one of them is wanted/],
    [{ loss: "mse" }, /loss is "mse", one of "meanSquaredError"/],
    [{ metrics: ["auroc"] }, /metrics\[0\] is "auroc", one of "accuracy", "auc", .* is wanted/],
    [{ maskSharing: "row" }, /maskSharing is "row", one of "example", "batch" is wanted/],
  ])("throws RangeError for %o", async (more, message) => {
    const attempt = fitted(more as Partial<FitOptions>);
    await expect(attempt).rejects.toThrow(RangeError);
    await expect(attempt).rejects.toThrow(message);
  });

  it.each<[Partial<Record<keyof FitOptions, unknown>> & { epoch?: number }, RegExp]>([
    [{ epoch: 3 }, /there is no option "epoch"; did you mean epochs\?/],
    [{ optimizer: "adam" }, /optimizer is "adam", what adam\(\) or sgd\(\) returned is wanted/],
    [{ callbacks: [() => undefined] }, /callbacks\[0\] is a function, an object with/],
    [{ callbacks: [{ onEpochEnd: 1 }] }, /callbacks\[0\]\.onEpochEnd is 1, a function is wanted/],
    [{ validationData: [x] }, /\[x, y\] is wanted/],
    [{ metrics: "accuracy" }, /an array such as \["accuracy"\] is wanted/],
    [{ shuffle: 1 }, /shuffle is 1, true or false is wanted/],
    [{ onProgress: 1 }, /onProgress is 1, a function is wanted/],
  ])("throws TypeError for %o", async (more, message) => {
    const attempt = fitted(more as Partial<FitOptions>);
    await expect(attempt).rejects.toThrow(TypeError);
    await expect(attempt).rejects.toThrow(message);
  });

  it("throws RangeError when a batch would not fit into memory", async () => {
    const model = sequential([dense(2 ** 24), dense(1)], { inputShape: [1], seed: 1 });
    const many = new Float32Array(64);
    const attempt = model.fit({ data: many, shape: [64, 1] }, many, {
      loss: "meanSquaredError",
      batchSize: 64,
    });
    await expect(attempt).rejects.toThrow(
      /a batch of 64 rows does not fit into memory, a batchSize of at most 14 is wanted/,
    );
    model.dispose();
  });

  it("refuses hyperparameters that are out of range", () => {
    expect(() => adam({ beta1: 1 })).toThrow(/beta1 is 1, a number in \[0, 1\) is wanted/);
    expect(() => sgd({ learningRate: 0 })).toThrow(/learningRate is 0, a number above 0 is wanted/);
    expect(() => adam({ epsilon: Number.NaN })).toThrow(RangeError);
  });
});
