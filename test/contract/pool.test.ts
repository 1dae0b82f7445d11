import { createPool, DisposedError, dense, dropout, sequential } from "thinned";
import { describe, expect, test } from "vitest";
import { normalRows } from "../oracle/values.ts";
import { expectAbort, expectError } from "./expectError.ts";
import { newModel, x } from "./model.ts";

const long = () =>
  sequential([dropout(0.5), dense(64, { activation: "relu" }), dropout(0.5), dense(3)], {
    inputShape: [14],
    seed: 1,
  });
const rows = normalRows(1, 400, 14).map((row) => [...row]);

describe("createPool()", () => {
  test("takes as many workers as there are cores by default", async () => {
    const pool = createPool();
    expect(pool.threads).toBeGreaterThanOrEqual(1);
    expect(createPool({ threads: 3 }).threads).toBe(3);
    await pool.dispose();
  });

  test.each([0, -1, 1.5, Number.NaN, 1025])("throws RangeError for %s threads", async (threads) => {
    await expectError(() => createPool({ threads }), RangeError, "threads", String(threads));
  });

  test("throws TypeError for threads that are no number, and for unknown options", async () => {
    await expectError(() => createPool({ threads: "2" as never }), TypeError, "threads", '"2"');
    await expectError(() => createPool({ thread: 2 } as never), TypeError, "threads");
    await expectError(() => createPool(2 as never), TypeError);
  });
});

describe("a call with a pool", () => {
  test.each([2, {}, null, { threads: 2 }])("rejects with TypeError when pool is %j", async (pool) => {
    const call = () => newModel().predictMC(x, { pool: pool as never });
    await expectError(call, TypeError, "pool", "createPool()");
  });

  test("rejects with DisposedError once the pool is disposed, also when it is under way", async () => {
    const pool = createPool({ threads: 2 });
    const model = long();
    const call = model.predictMC(rows, { samples: 20_000, pool, onProgress: () => void pool.dispose() });
    await expectError(() => call, DisposedError, "pool");
    await expectError(() => model.predictMC(rows, { pool }), DisposedError, "pool");
    await pool.dispose();
    await pool[Symbol.asyncDispose]();
  });

  test("rejects with AbortError when its signal is aborted, and leaves the pool to others", async () => {
    const pool = createPool({ threads: 2 });
    const model = long();
    const controller = new AbortController();
    const { signal } = controller;
    const aborted = model.predictMC(rows, {
      samples: 200_000,
      pool,
      signal,
      onProgress: ({ done }) => done > 0 && controller.abort(),
    });
    const other = model.predictMC(rows, { samples: 50, pool });
    await expectAbort(() => aborted);
    expect((await other).mean).toEqual((await model.predictMC(rows, { samples: 50 })).mean);
    await pool.dispose();
  });

  test("rejects with the error of onProgress, and with DisposedError of a model", async () => {
    const pool = createPool({ threads: 1 });
    const thrown = new Error("Cannot show progress: no screen");
    const onProgress = () => {
      throw thrown;
    };
    const model = long();
    await expect(model.predictMC(rows, { samples: 20_000, pool, onProgress })).rejects.toBe(thrown);
    const call = model.predictMC(rows, { samples: 20_000, pool, onProgress: () => model.dispose() });
    await expectError(() => call, DisposedError, "model");
    await pool.dispose();
  });

  describe("that trains", () => {
    const options = { loss: "meanSquaredError", batchSize: 256, epochs: 10 } as const;
    const targets = rows.map((row) => row.slice(0, 3));

    test("rejects with AbortError when its signal is aborted, and leaves the pool to others", async () => {
      const pool = createPool({ threads: 2 });
      const model = long();
      const controller = new AbortController();
      const onBatchEnd = (batch: number) => void (batch === 1 && controller.abort());
      await expectAbort(() =>
        model.fit(rows, targets, {
          ...options,
          pool,
          callbacks: [{ onBatchEnd }],
          signal: controller.signal,
        }),
      );
      const [again, alone] = [long(), long()];
      await again.fit(rows, targets, { ...options, pool });
      await alone.fit(rows, targets, options);
      expect(again.getWeights()).toEqual(alone.getWeights());
      await pool.dispose();
    });

    test("rejects with DisposedError when the pool or the model is disposed meanwhile", async () => {
      const pool = createPool({ threads: 3 });
      const model = long();
      const disposing = [{ onBatchEnd: () => void pool.dispose() }];
      const call = model.fit(rows, targets, { ...options, pool, callbacks: disposing });
      await expectError(() => call, DisposedError, "pool");
      await expectError(() => model.fit(rows, targets, { ...options, pool }), DisposedError, "pool");
      const other = createPool({ threads: 2 });
      const callbacks = [{ onBatchEnd: () => model.dispose() }];
      await expectError(
        () => model.fit(rows, targets, { ...options, pool: other, callbacks }),
        DisposedError,
        "model",
      );
      await other.dispose();
    });

    test("names the layer where the loss stopped being finite in another thread", async () => {
      const pool = createPool({ threads: 2 });
      const model = long();
      const bad = rows.map((row, i) => (i === 0 ? row.map(() => 3e38) : row));
      const call = () =>
        model.fit(bad, targets, { ...options, batchSize: 400, shuffle: false, pool, variant: "simd128" });
      await expectError(call, RangeError, "layer", "batch 0 of epoch 0");
      await pool.dispose();
    });

    test("goes on with a checkpoint that was written without a pool, and the other way round", async () => {
      const pool = createPool({ threads: 2 });
      const whole = long();
      await whole.fit(rows, targets, { ...options, epochs: 4 });
      for (const [first, second] of [
        [pool, undefined],
        [undefined, pool],
      ]) {
        let bytes: Uint8Array | undefined;
        const checkpoint = {
          read: async () => bytes,
          write: async (written: Uint8Array) => {
            bytes = written.slice();
          },
        };
        const fit = (more: object) =>
          long().fit(rows, targets, { ...options, epochs: 4, checkpoint, every: 1, ...more });
        const controller = new AbortController();
        let batches = 0;
        const onBatchEnd = () => void (++batches === 3 && controller.abort());
        await expectAbort(() => fit({ pool: first, callbacks: [{ onBatchEnd }], signal: controller.signal }));
        const model = long();
        await model.fit(rows, targets, { ...options, epochs: 4, checkpoint, resume: true, pool: second });
        expect(model.getWeights()).toEqual(whole.getWeights());
      }
      await pool.dispose();
    });
  });

  test("reports progress up to the total, and leaves the event loop free", async () => {
    const pool = createPool({ threads: 2 });
    const reports: number[] = [];
    let turns = 0;
    const clock = setInterval(() => turns++, 5);
    await long().predictMC(rows, {
      samples: 3000,
      pool,
      onProgress: ({ done, total }) => {
        expect(total).toBe(400 * 3000);
        reports.push(done);
      },
    });
    clearInterval(clock);
    expect(reports.length).toBeGreaterThan(2);
    expect(reports).toEqual([...reports].sort((a, b) => a - b));
    expect(reports.at(-1)).toBe(400 * 3000);
    expect(turns).toBeGreaterThan(2);
    await pool.dispose();
  });
});
