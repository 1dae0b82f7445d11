import { describe, expect, it } from "vitest";
import type { FitBatch } from "./batches.js";
import type { Callback } from "./callback.js";
import { dense } from "./dense.js";
import { dropout } from "./dropout.js";
import { earlyStopping } from "./earlyStopping.js";
import { FormatError } from "./errors.js";
import type { FitOptions } from "./fit.js";
import { cosineDecay } from "./learningRate.js";
import { adam, adamW, type Optimizer, rmsprop, sgd } from "./optimizer.js";
import { reduceLROnPlateau } from "./reduceLROnPlateau.js";
import { sequential } from "./sequential.js";
import type { CheckpointStore } from "./store.js";

const rows = 30;
const x = { data: Float32Array.from({ length: rows * 3 }, (_, i) => Math.sin(i * i)), shape: [rows, 3] };
const y = Float32Array.from({ length: rows }, (_, i) => Number(Math.cos(3 * i) > 0));

const newModel = (units = 4) =>
  sequential([dense(units, { activation: "tanh" }), dropout(0.3), dense(1, { activation: "sigmoid" })], {
    inputShape: [3],
    seed: 1,
  });

const options: FitOptions = {
  loss: "binaryCrossentropy",
  epochs: 4,
  batchSize: 7,
  metrics: ["accuracy", "auc"],
  validationSplit: 0.2,
  variant: "simd128",
};

class MemoryStore implements CheckpointStore {
  bytes: Uint8Array | undefined;
  written = 0;
  read(): Uint8Array | undefined {
    return this.bytes;
  }
  write(bytes: Uint8Array): void {
    this.bytes = bytes.slice();
    this.written++;
  }
}

/** Ends a fit after so many steps, as a lost process would, but for what its store has. */
function interruption(steps: number): Callback {
  let left = steps;
  return {
    onBatchEnd: () => {
      if (--left === 0) throw new Error("interrupted");
    },
  };
}

const watching = () => [
  earlyStopping({ monitor: "valAuc", patience: 2, restoreBestWeights: true }),
  reduceLROnPlateau({ monitor: "loss", patience: 1, factor: 0.5, minDelta: 0.05 }),
];

describe("fit() with a checkpoint", () => {
  const optimizers: Optimizer[] = [
    adam({ learningRate: cosineDecay({ start: 0.05, steps: 16, warmupSteps: 3 }) }),
    adamW({ weightDecay: 0.1 }),
    sgd({ momentum: 0.9, nesterov: true, clipNorm: 0.5 }),
    rmsprop({ momentum: 0.5, centered: true }),
  ];
  it.each(optimizers.map((optimizer) => ({ optimizer, kind: optimizer.kind })))(
    "goes on with $kind from any step with the bits of a fit that was never interrupted",
    async ({ optimizer }) => {
      const whole = newModel();
      const wanted = await whole.fit(x, y, { ...options, optimizer, callbacks: watching() });
      const weights = whole.getWeights();
      for (let steps = 1; steps <= 16; steps++) {
        const store = new MemoryStore();
        const common = { ...options, optimizer, checkpoint: store };
        const callbacks = [...watching(), interruption(steps)];
        // Every second step: some are interrupted between two checkpoints.
        const first = newModel().fit(x, y, { ...common, every: 2, callbacks });
        await first.catch((error: Error) => expect(error.message).toBe("interrupted"));
        const resumed = newModel();
        const history = await resumed.fit(x, y, { ...common, resume: true, callbacks: watching() });
        expect(history).toEqual(wanted);
        expect(resumed.getWeights()).toEqual(weights);
      }
    },
  );

  it("writes after every epoch, and with every after so many steps", async () => {
    const store = new MemoryStore();
    await newModel().fit(x, y, { ...options, checkpoint: store });
    expect(store.written).toBe(4);
    await newModel().fit(x, y, { ...options, checkpoint: store, every: 3 });
    expect(store.written).toBe(4 + 4 + 5);
  });

  it("resumes with more epochs, from bytes and from a store", async () => {
    const whole = newModel();
    const wanted = await whole.fit(x, y, options);
    const store = new MemoryStore();
    await newModel().fit(x, y, { ...options, epochs: 2, checkpoint: store });
    for (const resume of [store, store.bytes as Uint8Array]) {
      const model = newModel();
      expect(await model.fit(x, y, { ...options, resume })).toEqual(wanted);
      expect(model.getWeights()).toEqual(whole.getWeights());
    }
  });

  it("resumes batches as they come", async () => {
    const batches = Array.from({ length: 5 }, (_, batch): FitBatch => {
      const data = x.data.subarray(batch * 18, (batch + 1) * 18);
      return [{ data, shape: [6, 3] }, y.subarray(batch * 6, (batch + 1) * 6)];
    });
    function* endless(): Generator<FitBatch> {
      for (;;) yield* batches;
    }
    const { loss, metrics, variant } = options;
    const common = { loss, metrics, variant, epochs: 3 } as const;
    const whole = newModel();
    const wanted = await whole.fit(batches, common);
    for (const [data, stepsPerEpoch] of [
      [() => batches, undefined],
      [() => endless(), 5],
    ] as const) {
      const store = new MemoryStore();
      const more = { ...common, stepsPerEpoch, checkpoint: store };
      const first = newModel().fit(data(), { ...more, every: 1, callbacks: [interruption(8)] });
      await expect(first).rejects.toThrow("interrupted");
      const resumed = newModel();
      expect(await resumed.fit(data(), { ...more, resume: true })).toEqual(wanted);
      expect(resumed.getWeights()).toEqual(whole.getWeights());
    }
  });

  it("begins anew with resume: true where there is nothing yet, and refuses to where the place is named", async () => {
    const store = new MemoryStore();
    const { epoch } = await newModel().fit(x, y, { ...options, checkpoint: store, resume: true });
    expect(epoch).toEqual([0, 1, 2, 3]);
    const attempt = newModel().fit(x, y, { ...options, resume: new MemoryStore() });
    await expect(attempt).rejects.toThrow(/^Cannot fit: there is nothing to resume in the store/);
  });

  it("says what differs", async () => {
    const store = new MemoryStore();
    await newModel().fit(x, y, { ...options, epochs: 1, checkpoint: store });
    const attempt = (more: Partial<FitOptions>, model = newModel()) =>
      model.fit(x, y, { ...options, resume: store, ...more });
    await expect(attempt({ batchSize: 8 })).rejects.toThrow(
      "Cannot resume: the checkpoint was written with batchSize 7, this fit has 8; the same options are wanted",
    );
    await expect(attempt({ optimizer: sgd() })).rejects.toThrow(
      /written with optimizer .*"adam".* has .*"sgd"/,
    );
    await expect(attempt({ seed: 4 })).rejects.toThrow(/with seed 1, this fit has 4/);
    await expect(attempt({}, newModel(5))).rejects.toThrow(
      'Cannot resume: the checkpoint is of another architecture: layer "dense_1" has units 4, in the model 5',
    );
    const deeper = sequential([dense(4), dense(1, { activation: "sigmoid" })], { inputShape: [3], seed: 1 });
    await expect(attempt({}, deeper)).rejects.toThrow(/it has 3 layers, the model has 2/);
  });

  it("refuses other files as load() does", async () => {
    const store = new MemoryStore();
    const model = newModel();
    await model.fit(x, y, { ...options, epochs: 1, checkpoint: store });
    const before = model.getWeights();
    const bytes = store.bytes as Uint8Array;
    for (const wrong of [model.save(), bytes.subarray(0, 100), bytes.subarray(0, -4), new Uint8Array()]) {
      const attempt = model.fit(x, y, { ...options, resume: wrong });
      await expect(attempt).rejects.toThrow(FormatError);
    }
    await expect(model.fit(x, y, { ...options, resume: model.save() })).rejects.toThrow(
      /the format in the metadata is "thinned", a model without its optimizer/,
    );
    expect(model.getWeights()).toEqual(before);
  });

  it("ends with the error of a store that cannot write, and keeps the weights so far", async () => {
    const full: CheckpointStore = {
      read: () => undefined,
      write: () => Promise.reject(new Error("no room")),
    };
    const model = newModel();
    const before = model.getWeights();
    await expect(model.fit(x, y, { ...options, checkpoint: full })).rejects.toThrow("no room");
    expect(model.getWeights()).not.toEqual(before);
  });

  it.each<[Partial<Record<keyof FitOptions, unknown>>, RegExp]>([
    [{ every: 2 }, /every is 2, a checkpoint is wanted with it/],
    [{ resume: true }, /resume is true, a checkpoint is wanted with it/],
    [{ checkpoint: 3 }, /checkpoint is 3, a path or an object with read\(\) and write\(\) is wanted/],
    [{ resume: {} }, /resume is an object \(Object\), a path or/],
  ])("throws TypeError for %o", async (more, message) => {
    const attempt = newModel().fit(x, y, { ...options, ...(more as Partial<FitOptions>) });
    await expect(attempt).rejects.toThrow(TypeError);
    await expect(attempt).rejects.toThrow(message);
  });
});
