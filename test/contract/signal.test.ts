import { dense, dropout, sequential } from "thinned";
import { describe, expect, test } from "vitest";
import { normalRows } from "../oracle/values.ts";
import { expectAbort } from "./expectError.ts";
import { loss, newModel, x, y } from "./model.ts";

// Large enough that each kind of work reports progress before it is over.
const long = () =>
  sequential(
    [
      dropout(0.5),
      dense(64, { activation: "relu" }),
      dropout([0.5, 0.5, ...new Array<number>(62).fill(0)]),
      dense(3, { activation: "softmax" }),
    ],
    {
      inputShape: [14],
      seed: 1,
    },
  );
const manyRows = normalRows(1, 400, 14).map((row) => [...row]);
const fewRows = manyRows.slice(0, 8);
const labels = manyRows.map((_, row) => row % 3);

interface WorkOptions {
  signal: AbortSignal;
  onProgress: (progress: { done: number; total: number }) => void;
}
type Work = (model: ReturnType<typeof long>, options: WorkOptions) => Promise<unknown>;

const works: readonly (readonly [string, Work])[] = [
  ["fit", (model, options) => model.fit(manyRows, labels, { epochs: 200, batchSize: 4, loss, ...options })],
  ["predictMC", (model, options) => model.predictMC(manyRows, { samples: 20_000, ...options })],
  ["exact", (model, options) => model.exact(fewRows, { method: "reference", ...options })],
  ["crossCheck", (model, options) => model.crossCheck(fewRows, { samples: 20_000, ...options })],
];

describe("an aborted signal", () => {
  test.each(works)("stops %s() with AbortError before it starts", async (_, work) => {
    const model = long();
    const before = model.getWeights();
    let progress = 0;
    await expectAbort(() => work(model, { signal: AbortSignal.abort(), onProgress: () => progress++ }));
    expect(progress).toBe(0);
    expect(model.getWeights()).toEqual(before);
    model.dispose();
  });

  test.each(works)(
    "stops %s() with AbortError while it runs, and leaves the model usable",
    async (_, work) => {
      const model = long();
      const controller = new AbortController();
      let progress = 0;
      const onProgress = () => {
        progress++;
        controller.abort();
      };
      await expectAbort(() => work(model, { signal: controller.signal, onProgress }));
      expect(progress).toBeGreaterThan(0);
      expect(model.predict(manyRows.slice(0, 2)).data.every(Number.isFinite)).toBe(true);
      const { mean } = await model.predictMC(manyRows.slice(0, 2), { samples: 3 });
      expect(mean.data.every(Number.isFinite)).toBe(true);
      model.dispose();
    },
  );

  test.each(works)(
    "that comes from a timer stops %s(), for the event loop keeps turning",
    async (_, work) => {
      const model = long();
      const controller = new AbortController();
      const timer = setTimeout(() => controller.abort(), 1);
      await expectAbort(() => work(model, { signal: controller.signal, onProgress: () => undefined }));
      clearTimeout(timer);
      model.dispose();
    },
  );

  const short: readonly (readonly [string, Work])[] = [
    ["fit", (model, options) => model.fit(fewRows, labels.slice(0, 8), { loss, ...options })],
    ["evaluate", (model, options) => model.evaluate(fewRows, labels.slice(0, 8), { loss, ...options })],
    ["predictMC", (model, options) => model.predictMC(fewRows, { samples: 2, ...options })],
    ["exact", (model, options) => model.exact(fewRows, { layer: 0, ...options })],
    ["crossCheck", (model, options) => model.crossCheck(fewRows, { layer: 0, samples: 2, ...options })],
  ];

  test.each(short)("stops %s() of a single slice when it comes right after the call", async (_, work) => {
    const model = long();
    const controller = new AbortController();
    const running = work(model, { signal: controller.signal, onProgress: () => undefined });
    controller.abort();
    await expectAbort(() => running);
    model.dispose();
  });

  test.each(short)("stops %s() when it comes with the last report of progress", async (_, work) => {
    const model = long();
    const controller = new AbortController();
    const onProgress = () => controller.abort();
    await expectAbort(() => work(model, { signal: controller.signal, onProgress }));
    model.dispose();
  });

  test.each(["onEpochBegin", "onBatchEnd", "onEpochEnd"] as const)(
    "stops fit() before another step when it comes from %s()",
    async (event) => {
      const model = long();
      const controller = new AbortController();
      let steps = 0;
      const callbacks = [{ onBatchEnd: () => void steps++ }, { [event]: () => controller.abort() }];
      const few = labels.slice(0, 8);
      const { signal } = controller;
      await expectAbort(() => model.fit(fewRows, few, { loss, epochs: 5, signal, callbacks }));
      expect(steps).toBe(event === "onEpochBegin" ? 0 : 1);
      model.dispose();
    },
  );

  // A formula of one row, and one sample: what is cut is smaller than what is counted.
  const far = Array.from({ length: 24 }, (_, i) => 255 * Math.abs(Math.sin(i)));
  const within: readonly (readonly [string, Work])[] = [
    [
      "predictMC() within a sample of integrals that reach far",
      (_, options) => {
        const model = sequential([dropout(0.5), dense(8, { activation: "tanh" })], {
          inputShape: [24],
          seed: 1,
        });
        const kernel = Float32Array.from({ length: 24 * 8 }, (_, i) => 50 * Math.sin(7919 * i));
        model.setWeights([
          { data: kernel, shape: [24, 8] },
          { data: new Float32Array(8), shape: [8] },
        ]);
        return model.predictMC([far], { samples: 1, integrateLast: true, ...options });
      },
    ],
    [
      "exact() within a row of a linear network",
      (_, options) =>
        sequential([dropout(0.2), dense(500), dropout(0.5), dense(400), dropout(0.5), dense(1)], {
          inputShape: [600],
          seed: 1,
        }).exact([new Array<number>(600).fill(1)], options),
    ],
    [
      "exact() within the covariances of a linear layer",
      (_, options) =>
        sequential([dropout(0.5), dense(700)], { inputShape: [300], seed: 1 }).exact(
          [new Array<number>(300).fill(1)],
          { moments: "full", ...options },
        ),
    ],
  ];

  test.each(within)("stops %s", async (_, work) => {
    const controller = new AbortController();
    const totals: [number, number][] = [];
    const onProgress = ({ done, total }: { done: number; total: number }) => {
      totals.push([done, total]);
      controller.abort();
    };
    await expectAbort(() => work(long(), { signal: controller.signal, onProgress }));
    expect(totals).toHaveLength(1);
    const [[done, total] = [0, 0]] = totals;
    expect(done).toBeLessThan(total);
  });

  test("stops crossCheck() and carries no meaning for a call that has ended", async () => {
    const model = newModel();
    await expectAbort(() => model.crossCheck(x, { samples: 10, signal: AbortSignal.abort() } as never));
    const controller = new AbortController();
    await model.predictMC(x, { samples: 2, signal: controller.signal });
    controller.abort();
    expect(model.predict(x).shape).toEqual([2, 3]);
    model.dispose();
  });
});

describe("onProgress", () => {
  test.each(works)(
    "that rejects ends %s() with its error, and nothing is left unhandled",
    async (_, work) => {
      const model = long();
      const failure = new Error("from onProgress");
      const onProgress = () => Promise.reject(failure) as unknown as undefined;
      const running = work(model, { signal: new AbortController().signal, onProgress });
      await expect(running).rejects.toBe(failure);
      expect(model.predict(fewRows).data.every(Number.isFinite)).toBe(true);
      model.dispose();
    },
  );

  test("is awaited", async () => {
    const model = newModel();
    let ended = false;
    const onProgress = async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      ended = true;
    };
    await model.predictMC(x, { samples: 2, onProgress });
    expect(ended).toBe(true);
    model.dispose();
  });

  test("is called by fit(), predictMC() and exact() without changing the result", async () => {
    const model = newModel();
    const seen = { fit: 0, predictMC: 0, exact: 0 };
    const sampled = await model.predictMC(x, { samples: 20, onProgress: () => seen.predictMC++ });
    expect((await model.predictMC(x, { samples: 20 })).mean).toEqual(sampled.mean);
    const exact = await model.exact(x, { onProgress: () => seen.exact++ });
    expect((await model.exact(x)).mean).toEqual(exact.mean);
    await model.fit(x, y, { epochs: 2, loss, onProgress: () => seen.fit++ });
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(0);
    model.dispose();
  });
});
