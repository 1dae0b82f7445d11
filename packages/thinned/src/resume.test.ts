import { describe, expect, it } from "vitest";
import type { Callback, CallbackState, FitControl } from "./callback.js";
import { dense } from "./dense.js";
import { dropout } from "./dropout.js";
import { earlyStopping } from "./earlyStopping.js";
import { DisposedError, FormatError } from "./errors.js";
import type { FitOptions } from "./fit.js";
import { modelCheckpoint } from "./modelCheckpoint.js";
import { adagrad, adam, type Optimizer, sgd } from "./optimizer.js";
import { reduceLROnPlateau } from "./reduceLROnPlateau.js";
import { parseSafetensors, writeSafetensors } from "./safetensors.js";
import { sequential } from "./sequential.js";
import type { CheckpointStore } from "./store.js";
import type { Tensor } from "./tensor.js";

const rows = 12;
const x = { data: Float32Array.from({ length: rows * 2 }, (_, i) => Math.sin(i * i)), shape: [rows, 2] };
const y = Float32Array.from({ length: rows }, (_, i) => Number(i % 3 === 0));
const newModel = (seed = 1, inputShape = [2]) =>
  sequential([dropout(0.2), dense(1, { activation: "sigmoid" })], { inputShape, seed });
const options = {
  loss: "binaryCrossentropy",
  epochs: 2,
  batchSize: 4,
  variant: "simd128",
} as const satisfies FitOptions;

class MemoryStore implements CheckpointStore {
  bytes: Uint8Array | undefined;
  read(): Uint8Array | undefined {
    return this.bytes;
  }
  write(bytes: Uint8Array): void {
    this.bytes = bytes.slice();
  }
}

async function written(more: Partial<FitOptions> = {}): Promise<Uint8Array> {
  const store = new MemoryStore();
  await newModel().fit(x, y, { ...options, epochs: 1, ...more, checkpoint: store });
  return store.bytes as Uint8Array;
}

/** Returns a copy of numbers with one of them changed by a little. */
function changed(data: Float32Array, index = 3): Float32Array {
  return data.map((value, i) => (i === index ? 1 - value : value));
}

describe("a fit that resumes", () => {
  const other = (data: Float32Array) => ({ data: changed(data), shape: [rows, 2] });
  it.each<[string, Partial<FitOptions>, Partial<FitOptions>, string]>([
    [
      "classWeight",
      { classWeight: { 0: 1, 1: 2 } },
      { classWeight: [1, 3] },
      'classWeight {"0":1,"1":2}, this fit has {"0":1,"1":3}',
    ],
    ["no classWeight", { classWeight: [2] }, {}, 'classWeight {"0":2}, this fit has none'],
    [
      "sampleWeight",
      { sampleWeight: new Float32Array(rows).fill(2) },
      { sampleWeight: new Float32Array(rows).fill(3) },
      "sampleWeight to train on",
    ],
    [
      "validation rows",
      { validationData: [x, y] },
      { validationData: [other(x.data), y] },
      "x to validate on",
    ],
    [
      "validation targets",
      { validationData: [x, y] },
      { validationData: [x, changed(y)] },
      "y to validate on",
    ],
    [
      "another callback",
      { callbacks: [reduceLROnPlateau({ monitor: "loss" })] },
      { callbacks: [earlyStopping({ monitor: "loss" })] },
      'callbacks [{"kind":"reduceLROnPlateau"',
    ],
    [
      "another option of a callback",
      { callbacks: [earlyStopping({ monitor: "loss", patience: 9 })] },
      { callbacks: [earlyStopping({ monitor: "loss", patience: 8 })] },
      'callbacks [{"kind":"earlyStopping","monitor":"loss","mode":"min","minDelta":0,"patience":9',
    ],
  ])("is refused with other options: %s", async (_, first, second, message) => {
    const resume = await written(first);
    const model = newModel();
    const before = model.getWeights();
    const attempt = model.fit(x, y, { ...options, ...second, resume });
    await expect(attempt).rejects.toThrow(RangeError);
    await expect(attempt).rejects.toThrow(`Cannot resume: the checkpoint was written with ${message}`);
    expect(model.getWeights()).toEqual(before);
    // The control: with the same, and more epochs, it goes on.
    expect((await newModel().fit(x, y, { ...options, ...first, resume })).epoch).toEqual([0, 1]);
  });

  it("is refused with other rows or targets", async () => {
    const resume = await written();
    await expect(newModel().fit(other(x.data), y, { ...options, resume })).rejects.toThrow(
      /^Cannot resume: the checkpoint was written with x to train on "of fingerprint [0-9a-f]{16}", this fit has "of fingerprint [0-9a-f]{16}"; the same data are wanted$/,
    );
    await expect(newModel().fit(x, changed(y), { ...options, resume })).rejects.toThrow(/with y to train on/);
    const swapped = Float32Array.from(y, (_, i) => y[i < 2 ? 1 - i : i] as number);
    await expect(newModel().fit(x, swapped, { ...options, resume })).rejects.toThrow(/with y to train on/);
  });

  it("takes a classWeight of the same weights in an array and an object", async () => {
    const resume = await written({ classWeight: [1, 2] });
    const { epoch } = await newModel().fit(x, y, { ...options, classWeight: { 1: 2, 0: 1 }, resume });
    expect(epoch).toEqual([0, 1]);
  });

  it("gives a callback of the caller its state back, whatever that is", async () => {
    const seen: CallbackState[] = [];
    const own = (): Callback => ({
      getState: () => ({ values: ["mine", { kind: Math.random() }] }),
      setState: (state) => void seen.push(state),
    });
    const resume = await written({ callbacks: [own()] });
    await newModel().fit(x, y, { ...options, callbacks: [own()], resume });
    expect(seen).toHaveLength(1);
    expect(seen[0]?.values).toContain("mine");
  });
});

describe("setState() of a callback", () => {
  const callbacks = {
    earlyStopping: earlyStopping(),
    reduceLROnPlateau: reduceLROnPlateau(),
    modelCheckpoint: modelCheckpoint(new MemoryStore()),
  };
  it.each(Object.entries(callbacks))(
    "of %s takes its own state, and throws FormatError for others",
    (kind, callback) => {
      for (const [other, { getState }] of Object.entries(callbacks)) {
        const state = getState?.call(callbacks[other as keyof typeof callbacks]) as CallbackState;
        const set = () => callback.setState?.(state);
        if (other === kind) expect(set).not.toThrow();
        else
          expect(set).toThrow(
            new FormatError(
              `Cannot resume: the state for a callback of kind "${kind}" is that of "${other}", what its getState() returned is wanted`,
            ),
          );
      }
      expect(() => callback.setState?.({ values: { kind, best: "high" } })).toThrow(
        /is damaged, what its getState\(\) returned/,
      );
      expect(() => callback.setState?.({ values: null })).toThrow(FormatError);
    },
  );
});

describe("weights that are not finite", () => {
  it("are refused as the best ones, before anything is changed", async () => {
    const callbacks = [earlyStopping({ monitor: "loss", restoreBestWeights: true })];
    const resume = edited(await written({ callbacks }), (tensors) => {
      tensors.get("callback0/0")?.data.fill(Number.NaN);
    });
    const model = newModel();
    const before = model.getWeights();
    const attempt = model.fit(x, y, { ...options, callbacks, resume });
    await expect(attempt).rejects.toThrow(/of kind "earlyStopping" is damaged/);
    expect(model.getWeights()).toEqual(before);
  });

  // The first step changes nothing; the gradient of the others is -1.5e19, whose square is 2.25e38, twice that beyond float32.
  const [inputs, targets] = [
    [[1], [1e8], [1e8]],
    [0, 7.5e10, 7.5e10],
  ];
  it.each<[string, number, Optimizer]>([
    ["a weight", 1, sgd({ learningRate: 1e30 })],
    ["what the optimizer remembers", 2, adagrad()],
  ])("end the fit in the middle of an epoch, and are not written: %s", async (what, batch, optimizer) => {
    const store = new MemoryStore();
    const model = sequential([dense(1, { useBias: false })], { inputShape: [1], seed: 1 });
    model.setWeights([[[0]]]);
    const wild = {
      loss: "meanSquaredError",
      batchSize: 1,
      shuffle: false,
      variant: "simd128",
      optimizer,
    } as const;
    await expect(model.fit(inputs, targets, { ...wild, checkpoint: store, every: 1 })).rejects.toThrow(
      new RegExp(
        `^Cannot go on with fit\\(\\): ${what} of layer "dense_1" is not finite after batch ${batch} of epoch 0; the weights from before this fit are kept; .*\\(found after step ${batch}\\)$`,
      ),
    );
    expect(model.getWeights()[0]?.data).toEqual(Float32Array.of(0));
    const resume = store.bytes as Uint8Array;
    for (const { data } of parseSafetensors(resume).tensors.values()) {
      expect(data.every(Number.isFinite)).toBe(true);
    }
    // The control: what is there can be gone on with, from the batch that was not written.
    const batches: number[] = [];
    const callbacks: Callback[] = [{ onBatchEnd: (index) => void batches.push(index) }];
    await model.fit(inputs, targets, { ...wild, resume, callbacks }).catch(() => undefined);
    expect(batches[0]).toBe(batch);
  });

  it.each(["weights/dense_1.kernel", "optimizer1/dense_1.bias"])(
    "are refused in a file: %s",
    async (name) => {
      const optimizer = adam();
      const resume = edited(await written({ optimizer }), (tensors) => {
        const { data } = tensors.get(name) as Tensor;
        data[0] = Number.NaN;
      });
      const model = newModel();
      const before = model.getWeights();
      const attempt = model.fit(x, y, { ...options, optimizer, resume });
      await expect(attempt).rejects.toThrow(FormatError);
      await expect(attempt).rejects.toThrow(
        `Cannot resume: tensor "${name}" has numbers that are not finite`,
      );
      expect(model.getWeights()).toEqual(before);
    },
  );
});

/** Returns a checkpoint with other tensors or another description. */
function edited(
  bytes: Uint8Array,
  change: (tensors: Map<string, Tensor>, fit: Record<string, unknown>) => void,
): Uint8Array {
  const file = parseSafetensors(bytes);
  const [metadata, tensors] = [new Map(file.metadata), new Map(file.tensors)];
  const fit = JSON.parse(metadata.get("fit") as string);
  change(tensors, fit);
  metadata.set("fit", JSON.stringify(fit));
  return writeSafetensors({ metadata, tensors });
}

describe("a checkpoint that cannot be gone on with", () => {
  it("leaves everything as it was when its history is damaged", async () => {
    const stopping = earlyStopping({ monitor: "loss", patience: 5 });
    const resume = edited(await written({ callbacks: [stopping] }), (_, fit) => {
      fit.history = { history: { loss: [1, 2] }, epoch: [0], info: {} };
    });
    const model = newModel();
    const before = model.getWeights();
    const attempt = model.fit(x, y, { ...options, callbacks: [stopping], resume });
    await expect(attempt).rejects.toThrow(FormatError);
    await expect(attempt).rejects.toThrow(
      "Cannot resume: its history is damaged; a file that the option checkpoint wrote",
    );
    expect(model.getWeights()).toEqual(before);
  });

  it("is of the version before", async () => {
    const file = parseSafetensors(await written());
    const metadata = new Map(file.metadata).set("version", "1");
    const resume = writeSafetensors({ metadata, tensors: file.tensors });
    await expect(newModel().fit(x, y, { ...options, resume })).rejects.toThrow(
      'Cannot resume: the file has version "1", this library reads "2"',
    );
  });

  it("is no file of this kind, and says what could not be done", async () => {
    const resume = new Uint8Array(5);
    const attempt = newModel().fit(x, y, { ...options, resume });
    await expect(attempt).rejects.toThrow("Cannot resume: the file has 5 bytes");
    const torn = (await written()).subarray(0, -4);
    await expect(newModel().fit(x, y, { ...options, resume: torn })).rejects.toThrow(
      /^Cannot resume: tensor/,
    );
  });

  it("is of a model with another seed or shape, both of which it names", async () => {
    const resume = await written();
    await expect(newModel(2).fit(x, y, { ...options, resume })).rejects.toThrow(
      "Cannot resume: the checkpoint is of another architecture: its seed is 1, in the model 2",
    );
    const wide = { data: new Float32Array(rows * 3), shape: [rows, 3] };
    await expect(newModel(1, [3]).fit(wide, y, { ...options, resume })).rejects.toThrow(
      /its inputShape is \[2\], in the model \[3\]$/,
    );
  });

  it.each([null, "text", new ArrayBuffer(8)])("is none at all: %o", async (read) => {
    const store = { read: () => read as never, write: () => undefined };
    const attempt = newModel().fit(x, y, { ...options, checkpoint: store, resume: true });
    await expect(attempt).rejects.toThrow(TypeError);
    await expect(attempt).rejects.toThrow(
      /^Cannot fit: what read\(\) of the store returned is .*, a Uint8Array is wanted/,
    );
  });
});

describe("the control of a callback", () => {
  it("stops a fit for good, and pauses it until it is resumed", async () => {
    const ending = (how: "stop" | "pause", at: number): Callback => ({
      onEpochEnd: (epoch, _, control) => (epoch === at ? control[how]() : undefined),
    });
    const whole = newModel();
    const { history } = await whole.fit(x, y, { ...options, epochs: 4, callbacks: [ending("stop", 9)] });
    for (const [how, epochs] of [
      ["stop", 2],
      ["pause", 4],
    ] as const) {
      const resume = await written({ epochs: 4, callbacks: [ending(how, 1)] });
      const model = newModel();
      const resumed = await model.fit(x, y, {
        ...options,
        epochs: 4,
        callbacks: [ending("stop", 9)],
        resume,
      });
      expect(resumed.history.loss).toEqual(history.loss?.slice(0, epochs));
      if (how === "pause") expect(model.getWeights()).toEqual(whole.getWeights());
    }
  });

  it("pauses a fit before its first epoch", async () => {
    const callbacks: Callback[] = [{ onTrainBegin: (control) => control.pause() }];
    const model = newModel();
    const before = model.getWeights();
    expect((await model.fit(x, y, { ...options, callbacks })).epoch).toEqual([]);
    expect(model.getWeights()).toEqual(before);
    const resume = await written();
    expect((await newModel().fit(x, y, { ...options, callbacks, resume })).epoch).toEqual([0]);
  });

  it("says that the fit is over once it is", async () => {
    const controls: FitControl[] = [];
    const model = newModel();
    await model.fit(x, y, {
      ...options,
      callbacks: [{ onTrainBegin: (given) => void controls.push(given) }],
    });
    const control = controls[0] as FitControl;
    const weights = model.getWeights();
    for (const [use, doing] of [
      [() => control.learningRate, "read the learning rate"],
      [() => control.scaleLearningRate(0.5), "scale the learning rate"],
      [() => control.stop(), "stop the fit"],
      [() => control.pause(), "pause the fit"],
      [() => control.getWeights(), "get weights"],
      [() => control.setWeights(weights), "set weights"],
      [() => control.save(), "save"],
    ] as const) {
      expect(use).toThrow(DisposedError);
      expect(use).toThrow(`Cannot ${doing}: the fit is over`);
    }
  });
});
