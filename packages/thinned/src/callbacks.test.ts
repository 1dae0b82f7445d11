import { describe, expect, it } from "vitest";
import type { FitBatch } from "./batches.js";
import type { Callback, FitControl } from "./callback.js";
import { type DenseOptions, dense } from "./dense.js";
import { dropout } from "./dropout.js";
import { earlyStopping } from "./earlyStopping.js";
import type { FitBatchesOptions, FitOptions } from "./fit.js";
import { History, type Logs } from "./history.js";
import { exponentialDecay } from "./learningRate.js";
import { load } from "./load.js";
import { modelCheckpoint } from "./modelCheckpoint.js";
import { adam, sgd } from "./optimizer.js";
import { reduceLROnPlateau } from "./reduceLROnPlateau.js";
import { l1, l2 } from "./regularizer.js";
import { sequential } from "./sequential.js";
import type { TensorLike } from "./tensor.js";

const rows = 20;
const x = { data: Float32Array.from({ length: rows * 2 }, (_, i) => Math.sin(i * i)), shape: [rows, 2] };
const y = Float32Array.from({ length: rows }, (_, i) => Math.cos(i));

const newModel = () =>
  sequential([dense(3, { activation: "tanh" }), dropout(0.2), dense(1)], { inputShape: [2], seed: 1 });
const options: FitOptions = { loss: "meanSquaredError", epochs: 6, batchSize: 5, variant: "simd128" };

/** Drives a callback through epochs of given values, and returns what it did. */
async function drive(callback: Callback, values: readonly number[], monitor = "valLoss") {
  const seen = { stoppedAt: -1, rates: [] as number[], restored: -1 };
  let [rate, epoch] = [1, 0];
  const control: FitControl = {
    get learningRate() {
      return rate;
    },
    scaleLearningRate: (factor) => {
      rate *= factor;
    },
    stop: () => {
      seen.stoppedAt = epoch;
    },
    pause: () => expect.unreachable(),
    getWeights: () => [{ data: Float32Array.of(epoch), shape: [1] }],
    setWeights: ([tensor]) => {
      seen.restored = (tensor as { data: Float32Array }).data[0] as number;
    },
    save: () => new Uint8Array(),
  };
  await callback.onTrainBegin?.(control);
  for (const value of values) {
    await callback.onEpochEnd?.(epoch, { loss: 0, [monitor]: value }, control);
    seen.rates.push(rate);
    if (seen.stoppedAt >= 0) break;
    epoch++;
  }
  await callback.onTrainEnd?.(control);
  return seen;
}

describe("earlyStopping()", () => {
  it("ends after so many epochs without improvement, as Keras does", async () => {
    expect((await drive(earlyStopping(), [3, 2, 2])).stoppedAt).toBe(2);
    expect((await drive(earlyStopping({ patience: 2 }), [3, 2, 2.5, 1.9, 2, 2, 2])).stoppedAt).toBe(5);
    expect((await drive(earlyStopping({ patience: 1, minDelta: 0.5 }), [3, 2.4, 2, 1])).stoppedAt).toBe(2);
    expect((await drive(earlyStopping({ startFromEpoch: 3, patience: 1 }), [1, 2, 3, 4, 5])).stoppedAt).toBe(
      4,
    );
  });

  it("knows that accuracies and areas rise, and takes a mode", async () => {
    for (const monitor of ["valAccuracy", "auc", "valTopKAccuracy"]) {
      expect((await drive(earlyStopping({ monitor }), [0.5, 0.6, 0.55], monitor)).stoppedAt).toBe(2);
    }
    const mode = "max";
    expect((await drive(earlyStopping({ mode }), [0.5, 0.6, 0.55])).stoppedAt).toBe(2);
  });

  it("brings back the best weights, and otherwise leaves the last", async () => {
    const values = [3, 1, 2, 2];
    expect((await drive(earlyStopping({ patience: 2 }), values)).restored).toBe(-1);
    expect((await drive(earlyStopping({ patience: 2, restoreBestWeights: true }), values)).restored).toBe(1);
  });

  it("begins anew with every fit", async () => {
    const callback = earlyStopping({ patience: 2 });
    await drive(callback, [1, 2, 2]);
    expect((await drive(callback, [5, 4, 3])).stoppedAt).toBe(-1);
  });

  it("throws RangeError where there is no such value, and says which there are", async () => {
    const fit = newModel().fit(x, y, { ...options, callbacks: [earlyStopping()] });
    await expect(fit).rejects.toThrow(
      'Cannot stop early: monitor is "valLoss", one of ["loss"] is wanted; validationSplit or validationData gives those of validation',
    );
    await expect(fit).rejects.toThrow(RangeError);
  });

  it("refuses options that are out of range", () => {
    expect(() => earlyStopping({ patience: -1 })).toThrow(RangeError);
    expect(() => earlyStopping({ mode: "up" as never })).toThrow(RangeError);
    expect(() => earlyStopping({ patiense: 1 } as never)).toThrow(/did you mean patience/);
  });
});

describe("reduceLROnPlateau()", () => {
  it("lowers the rate after so many epochs without improvement, not below the least", async () => {
    const callback = reduceLROnPlateau({ patience: 2, factor: 0.5, minLr: 0.2 });
    const { rates } = await drive(callback, [1, 1, 1, 1, 1, 1, 1, 1, 1]);
    expect(rates).toEqual([1, 1, 0.5, 0.5, 0.25, 0.25, 0.2, 0.2, 0.2]);
  });

  it("waits while it cools down", async () => {
    const callback = reduceLROnPlateau({ patience: 1, factor: 0.5, cooldown: 2 });
    const { rates } = await drive(callback, [1, 1, 1, 1, 1, 1]);
    expect(rates).toEqual([1, 0.5, 0.5, 0.25, 0.25, 0.125]);
  });

  it("multiplies what a schedule says", async () => {
    const rates: number[] = [];
    const callbacks: Callback[] = [
      { onEpochBegin: (_, control) => void rates.push(control.learningRate) },
      { onEpochEnd: (epoch, _, control) => (epoch === 1 ? control.scaleLearningRate(0.25) : undefined) },
    ];
    const optimizer = sgd({ learningRate: exponentialDecay({ start: 0.1, factor: 0.5 }) });
    await newModel().fit(x, y, { ...options, epochs: 4, optimizer, callbacks });
    expect(rates).toEqual([0.1, 0.05, 0.1 * 0.25 * 0.25, 0.1 * 0.125 * 0.25]);
  });
});

describe("the control of a callback", () => {
  it("ends a fit after the epoch, whose history it has", async () => {
    const callbacks: Callback[] = [
      { onBatchEnd: (batch, _, control) => (batch === 1 ? control.stop() : undefined) },
    ];
    const history = await newModel().fit(x, y, { ...options, callbacks });
    expect(history.epoch).toEqual([0]);
  });

  it("reads, sets and saves weights", async () => {
    const model = newModel();
    const zeros = model.getWeights().map(({ data, shape }) => ({ data: data.map(() => 0), shape }));
    let saved = new Uint8Array();
    const callbacks: Callback[] = [
      {
        onTrainEnd: (control) => {
          expect(control.getWeights()).toEqual(model.getWeights());
          control.setWeights(zeros);
          saved = control.save();
        },
      },
    ];
    await model.fit(x, y, { ...options, callbacks });
    expect(model.getWeights()).toEqual(zeros);
    expect(load(saved).getWeights()).toEqual(zeros);
  });

  it("refuses a factor that is no number above 0", async () => {
    const callbacks: Callback[] = [{ onEpochEnd: (_, __, control) => control.scaleLearningRate(0) }];
    await expect(newModel().fit(x, y, { ...options, callbacks })).rejects.toThrow(RangeError);
  });
});

describe("modelCheckpoint()", () => {
  it("writes every epoch, or every better one", async () => {
    const written: Uint8Array[] = [];
    const store = { read: () => undefined, write: (bytes: Uint8Array) => void written.push(bytes) };
    const seen: number[] = [];
    const note = { onEpochEnd: (_: number, { loss }: Logs) => void seen.push(loss) };
    const model = newModel();
    await model.fit(x, y, { ...options, callbacks: [modelCheckpoint(store), note] });
    expect(written).toHaveLength(6);
    expect(load(written[5] as Uint8Array).getWeights()).toEqual(model.getWeights());
    written.length = 0;
    const best = modelCheckpoint(store, { monitor: "loss", saveBestOnly: true });
    seen.length = 0;
    await newModel().fit(x, y, {
      ...options,
      optimizer: sgd({ learningRate: 0.6 }),
      callbacks: [best, note],
    });
    const records = seen.filter((loss, epoch) => seen.slice(0, epoch).every((before) => loss < before));
    expect(written).toHaveLength(records.length);
  });
});

describe("History", () => {
  it("survives JSON, with what is no number", () => {
    const history = new History({ seed: 3, variant: "simd128" });
    history.record(0, { loss: 1, auc: Number.NaN });
    history.record(1, { loss: 0.5, auc: 0.75 });
    expect(History.fromJSON(JSON.parse(JSON.stringify(history)))).toEqual(history);
    expect(history.history).toEqual({ loss: [1, 0.5], auc: [Number.NaN, 0.75] });
  });

  it.each([
    null,
    {},
    { history: { loss: [1] }, epoch: [], info: {} },
    { history: {}, epoch: ["0"], info: {} },
  ])("refuses %o", (json) => {
    expect(() => History.fromJSON(json)).toThrow(TypeError);
  });
});

describe("fit() of batches as they come", () => {
  const batches = Array.from({ length: 4 }, (_, batch): [TensorLike, TensorLike] => {
    const data = x.data.subarray(batch * 10, (batch + 1) * 10);
    return [{ data, shape: [5, 2] }, y.subarray(batch * 5, (batch + 1) * 5)];
  });
  const common: FitBatchesOptions = {
    loss: "meanSquaredError",
    epochs: 3,
    variant: "simd128",
    metrics: ["rootMeanSquaredError"],
  };
  async function* later() {
    for (const batch of batches) yield await Promise.resolve(batch);
  }
  function* twice() {
    for (let epoch = 0; epoch < 3; epoch++) yield* batches;
  }

  it("gives the bits of the same rows in memory, from every kind of iterable", async () => {
    const model = newModel();
    const { metrics } = common;
    const wanted = await model.fit(x, y, { ...options, epochs: 3, shuffle: false, metrics });
    const weights = model.getWeights();
    for (const [data, stepsPerEpoch] of [
      [batches, undefined],
      [() => batches, undefined],
      [() => later(), undefined],
      [new Set(batches), 4],
      [twice(), 4],
    ] as const) {
      const own = newModel();
      expect(await own.fit(data, { ...common, stepsPerEpoch })).toEqual(wanted);
      expect(own.getWeights()).toEqual(weights);
    }
  });

  it("weighs rows and validates", async () => {
    const heavy = batches.map(
      ([batchX, batchY]): FitBatch => ({
        x: batchX,
        y: batchY,
        sampleWeight: new Float32Array(5).fill(2),
      }),
    );
    const optimizer = adam();
    const plain = await newModel().fit(batches, { ...common, epochs: 1, optimizer, validationData: [x, y] });
    const doubled = await newModel().fit(heavy, { ...common, epochs: 1, optimizer, validationData: [x, y] });
    expect(doubled.history.loss[0]).toBeGreaterThan(1.5 * (plain.history.loss[0] as number));
    expect(plain.history.valLoss).toHaveLength(1);
    expect(plain.history.valRootMeanSquaredError?.[0]).toBeCloseTo(
      Math.sqrt(plain.history.valLoss?.[0] as number),
      6,
    );
  });

  it("closes a generator that an error leaves behind", async () => {
    let closed = false;
    function* guarded(): Generator<FitBatch> {
      try {
        for (;;) yield* batches;
      } finally {
        closed = true;
      }
    }
    const callbacks: Callback[] = [
      {
        onBatchEnd: () => {
          throw new Error("enough");
        },
      },
    ];
    await expect(newModel().fit(guarded(), { ...common, stepsPerEpoch: 4, callbacks })).rejects.toThrow(
      "enough",
    );
    expect(closed).toBe(true);
  });

  it.each<[unknown, Partial<FitBatchesOptions>, RegExp]>([
    [() => later(), { stepsPerEpoch: 5 }, /the batches ended after 4 of epoch 0, 5 are wanted/],
    [
      later(),
      {},
      /the batches ended after 0 of epoch 1, at least 1 are wanted; a generator goes on from epoch to epoch/,
    ],
    [[], {}, /the batches ended after 0 of epoch 0/],
    [[batches[0], [x]], {}, /batch 1 of epoch 0 is \[an object \(Object\)\], \[x, y\], .* is wanted/],
    [[[x, y.subarray(1)]], {}, /y of batch 0 of epoch 0 has shape \[19\], \[20\] or \[20, 1\] is wanted/],
    [() => 3, {}, /the batches are 3, an iterable of \[x, y\]/],
    [batches, { stepsPerEpoch: 0 }, /stepsPerEpoch is 0, an integer of at least 1 is wanted/],
    [batches, { batchSize: 3 } as never, /there is no option "batchSize"/],
  ])("refuses batches that end early or are none: %o %o", async (data, more, message) => {
    const fit = newModel().fit(data as FitBatch[], { ...common, ...more });
    await expect(fit).rejects.toThrow(message);
  });
});

describe("weights of rows and classes", () => {
  const labels = Float32Array.from({ length: rows }, (_, i) => i % 3);
  const classes = () => sequential([dense(3, { activation: "softmax" })], { inputShape: [2], seed: 1 });
  const fit = async (more: Partial<FitOptions>, targets: unknown = labels) => {
    const model = classes();
    const loss = "sparseCategoricalCrossentropy";
    await model.fit(x, targets as Float32Array, { ...options, loss, ...more });
    return model.getWeights();
  };

  it("of classes are weights of their rows, times those", async () => {
    const classWeight = { 0: 2, 2: 0.5 };
    const sampleWeight = Float32Array.from(labels, (label) => [2, 1, 0.5][label] as number);
    expect(await fit({ classWeight })).toEqual(await fit({ sampleWeight }));
    expect(await fit({ classWeight: [2, 1, 0.5] })).toEqual(await fit({ sampleWeight }));
    const squared = sampleWeight.map((weight) => weight * weight);
    expect(await fit({ classWeight, sampleWeight })).toEqual(await fit({ sampleWeight: squared }));
    expect(await fit({ classWeight })).not.toEqual(await fit({}));
    const oneHot = Array.from(labels, (label) => [0, 1, 2].map((k) => Number(k === label)));
    const loss = "categoricalCrossentropy";
    expect(await fit({ loss, classWeight }, oneHot)).toEqual(await fit({ loss, sampleWeight }, oneHot));
  });

  it.each<[Partial<FitOptions>, RegExp]>([
    [{ sampleWeight: [1, 2] }, /sampleWeight has shape \[2\], \[20\] is wanted/],
    [{ sampleWeight: new Float32Array(rows).fill(-1) }, /sampleWeight\[0\] is -1, a number of at least 0/],
    [{ classWeight: { 3: 1 } }, /classWeight has "3", the number of a class in \[0, 3\) is wanted/],
    [{ classWeight: { 1: -1 } }, /classWeight\[1\] is -1, a number of at least 0/],
    [{ batchSize: 21 }, /batchSize is 21, and there are 20 rows to train on; at most 20 is wanted/],
    [{ loss: "categoricalCrossentropy" }, /numbers of classes go with loss "sparseCategoricalCrossentropy"/],
    [{ metrics: ["auc"] }, /metrics has "auc", and output layer "dense_1" has 3 outputs/],
    [{ metrics: ["rootMeanSquaredError"] }, /has classes for targets; a target for each output is wanted/],
    [{ metrics: [() => 1] }, /metrics\[0\] is a function without a name/],
    [{ metrics: ["accuracy", "accuracy"] }, /metrics\[1\] is named "accuracy", a name of its own is wanted/],
  ])("are refused: %o", async (more, message) => {
    await expect(fit(more)).rejects.toThrow(message);
  });

  it("one-hot rows are told from numbers of classes", async () => {
    const oneHot = Array.from(labels, (label) => [0, 1, 2].map((k) => Number(k === label)));
    await expect(fit({}, oneHot)).rejects.toThrow(/one-hot rows go with loss "categoricalCrossentropy"/);
  });
});

describe("what keeps weights small", () => {
  const data = [[1, -1]] as const;
  const step = async (more: DenseOptions) => {
    const model = sequential([dense(2, { ...more })], { inputShape: [2], seed: 1 });
    model.setWeights([
      [
        [3, 0.5],
        [-4, 0],
      ],
      [2, -1],
    ]);
    const targets = model.predict(data as never);
    // Without an error, all that moves the weights are the penalties.
    const optimizer = sgd({ learningRate: 0.5 });
    const { history } = await model.fit(data as never, targets, {
      ...options,
      epochs: 1,
      batchSize: 1,
      optimizer,
    });
    const [kernel, bias] = model.getWeights().map((tensor) => [...tensor.data]);
    return { loss: history.loss[0], kernel, bias };
  };

  it("l1 and l2 add to the loss and its gradient", async () => {
    expect(await step({ kernelRegularizer: l2(0.25) })).toEqual({
      loss: 0.25 * 25.25,
      kernel: [2.25, 0.375, -3, 0],
      bias: [2, -1],
    });
    expect(await step({ kernelRegularizer: l1(0.5), biasRegularizer: { l1: 0.5, l2: 0.25 } })).toEqual({
      loss: 0.5 * 7.5 + 0.5 * 3 + 0.25 * 5,
      kernel: [2.75, 0.25, -3.75, 0],
      bias: [1.25, -0.5],
    });
  });

  it("maxNorm scales the incoming weights of each unit that has too long ones", async () => {
    const { kernel, bias } = await step({ maxNorm: 1 });
    expect(kernel).toEqual([3 / 5, 0.5, -4 / 5, 0].map(Math.fround));
    expect(bias).toEqual([2, -1]);
  });

  it("is in the file of a model, and out of range refused", () => {
    const layer = dense(2, { kernelRegularizer: l2(0.25), maxNorm: 2 });
    const model = sequential([layer], { inputShape: [2], seed: 1 });
    expect(load(model.save()).save()).toEqual(model.save());
    expect(() => l1(-1)).toThrow(RangeError);
    expect(() => dense(1, { useBias: false, biasRegularizer: l2(1) })).toThrow(/useBias is false/);
    expect(() => dense(1, { maxNorm: 0 })).toThrow(/maxNorm is 0, a number above 0 is wanted/);
    expect(() => dense(1, { kernelRegularizer: { l3: 1 } as never })).toThrow(/no option "l3"/);
  });
});

describe("a loss that is not finite", () => {
  it("is told with its step and layer", async () => {
    const model = sequential([dense(2, { name: "first" }), dense(1, { name: "second" })], {
      inputShape: [2],
      seed: 1,
    });
    model.setWeights(
      [new Float32Array(4).fill(1e30), new Float32Array(2), new Float32Array(2).fill(1e30), [0]].map(
        (data, i) => ({ data, shape: [[2, 2], [2], [2, 1], [1]][i] as number[] }),
      ),
    );
    const fit = model.fit(x, y, options);
    await expect(fit).rejects.toThrow(
      /the loss is (Infinity|NaN) at batch 0 of epoch 0; .*\(step 0; the first that is not finite is layer "second"\)$/,
    );
  });
});

describe("metrics", () => {
  it("are those of all rows, functions among them", async () => {
    const model = newModel();
    function largestError(yTrue: { data: Float32Array }, yPred: { data: Float32Array }): number {
      return Math.max(...yTrue.data.map((target, i) => Math.abs(target - (yPred.data[i] as number))));
    }
    const metrics = ["meanAbsoluteError", "rootMeanSquaredError", largestError] as const;
    const found = await model.evaluate(x, y, { loss: "meanSquaredError", metrics });
    const { data } = model.predict(x);
    const errors = Array.from(y, (target, row) => Math.abs(target - (data[row] as number)));
    expect(found.largestError).toBe(Math.max(...errors.map(Math.fround)));
    expect(found.meanAbsoluteError).toBeCloseTo(errors.reduce((a, b) => a + b) / rows, 12);
    expect(found.rootMeanSquaredError).toBeCloseTo(Math.sqrt(found.loss), 12);
    const { history } = await model.fit(x, y, { ...options, metrics, validationData: [x, y] });
    expect(Object.keys(history).sort()).toEqual(
      ["loss", "meanAbsoluteError", "rootMeanSquaredError", "largestError"]
        .flatMap((name) => [name, `val${name.replace(/^./, (letter) => letter.toUpperCase())}`])
        .sort(),
    );
  });
});
