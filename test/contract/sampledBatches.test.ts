import {
  createPool,
  dense,
  dropout,
  type MCResult,
  type PredictMCOptions,
  ShapeError,
  sequential,
} from "thinned";
import { afterAll, describe, expect, test } from "vitest";
import { normalRows } from "../oracle/values.ts";
import { expectAbort, expectError } from "./expectError.ts";

const model = sequential(
  [dropout(0.5), dense(30, { activation: "relu" }), dropout(0.3), dense(4, { activation: "softmax" })],
  { inputShape: [6], seed: 1 },
);
const rows = normalRows(4, 90, 6).map((row) => [...row]);
const sizes = [1, 20, 3, 40, 26];
const batches = sizes.map((size, i) => {
  const first = sizes.slice(0, i).reduce((sum, before) => sum + before, 0);
  return rows.slice(first, first + size);
});
const pool = createPool({ threads: 3 });
afterAll(() => pool.dispose());

type Options = Omit<PredictMCOptions, "layer">;

async function collected(source: AsyncIterable<MCResult>): Promise<MCResult[]> {
  const results: MCResult[] = [];
  for await (const result of source) results.push(result);
  return results;
}

/** A source that tells how far it was read, and whether it was ended. */
function watched(count = batches.length, failAt = count) {
  const state = { pulled: 0, ended: false };
  async function* source() {
    try {
      for (let i = 0; i < count; i++) {
        state.pulled++;
        if (i === failAt) throw new Error("Cannot read the file: the disk is gone");
        yield batches[i % batches.length] as number[][];
      }
    } finally {
      state.ended = true;
    }
  }
  return { state, source: source() };
}

describe.each([
  ["without a pool", undefined],
  ["with a pool", pool],
])("predictMCBatches() %s", (_, helper) => {
  const cases: Options[] = [
    { samples: 40, seed: 3 },
    { samples: 40, masks: "independent", variant: "simd128" },
  ];
  test.each(cases)("yields, in order, the bits of one call on all rows: %j", async (options) => {
    const whole = await model.predictMC(rows, options);
    for (const source of [batches, watched().source]) {
      const results = await collected(model.predictMCBatches(source, { ...options, pool: helper }));
      expect(results.map(({ mean }) => mean.shape[0])).toEqual(sizes);
      for (const name of ["mean", "variance", "mutualInformation"] as const) {
        const side = results.flatMap((result) => [...(result[name]?.data ?? [])]);
        expect(side).toEqual([...(whole[name]?.data ?? [])]);
      }
    }
  });

  test("pulls no more batches than there is room for", async () => {
    const { state, source } = watched(50);
    const room = helper?.threads ?? 1;
    let yielded = 0;
    for await (const _result of model.predictMCBatches(source, { samples: 5, pool: helper })) {
      yielded++;
      await new Promise((resolve) => setTimeout(resolve, 2));
      expect(state.pulled).toBeLessThanOrEqual(yielded + room);
      if (yielded === 10) break;
    }
    expect(state.ended).toBe(true);
    expect(state.pulled).toBeLessThanOrEqual(10 + room);
  });

  test("passes on the error of a source after the results before it", async () => {
    const { state, source } = watched(5, 3);
    const results: MCResult[] = [];
    const call = async () => {
      for await (const result of model.predictMCBatches(source, { samples: 5, pool: helper }))
        results.push(result);
    };
    await expectError(call, Error, "the disk is gone");
    expect(results).toHaveLength(3);
    expect(state.ended).toBe(true);
  });

  test("ends the source when a batch is refused", async () => {
    const state = { ended: false };
    async function* source() {
      try {
        yield rows.slice(0, 2);
        yield [[1, 2]];
        yield rows.slice(0, 2);
      } finally {
        state.ended = true;
      }
    }
    const results: MCResult[] = [];
    const call = async () => {
      for await (const result of model.predictMCBatches(source(), { samples: 5, pool: helper }))
        results.push(result);
    };
    await expectError(call, ShapeError, "x of batch 1");
    expect(results).toHaveLength(1);
    expect(state.ended).toBe(true);
  });

  test("stops with AbortError, also before it asks for a batch", async () => {
    const { state, source } = watched(1000);
    const controller = new AbortController();
    const { signal } = controller;
    await expectAbort(async () => {
      for await (const _result of model.predictMCBatches(source, { samples: 5, pool: helper, signal })) {
        controller.abort();
      }
    });
    expect(state.ended).toBe(true);
    const other = watched();
    await expectAbort(() => collected(model.predictMCBatches(other.source, { signal, pool: helper })));
    expect(other.state.pulled).toBe(0);
  });

  test.each([0, 2])(
    "stops with AbortError while it waits for batch %d of a source that never answers",
    async (count) => {
      const controller = new AbortController();
      const { signal } = controller;
      let ended = false;
      const source = {
        pulled: 0,
        [Symbol.asyncIterator]: () => source,
        async next(): Promise<IteratorResult<number[][]>> {
          if (source.pulled++ < count) return { done: false, value: [...rows] };
          setTimeout(() => controller.abort(), 20);
          return new Promise(() => undefined);
        },
        async return(): Promise<IteratorResult<number[][]>> {
          ended = true;
          return new Promise(() => undefined);
        },
      };
      const results: MCResult[] = [];
      await expectAbort(async () => {
        for await (const result of model.predictMCBatches(source, { samples: 5, pool: helper, signal }))
          results.push(result);
      });
      expect(results).toHaveLength(count);
      expect(ended).toBe(true);
    },
  );

  test("keeps the weights that it began with, and counts progress over the batches so far", async () => {
    const before = model.getWeights();
    const whole = await model.predictMC(rows, { samples: 5 });
    const reports: { done: number; total: number }[] = [];
    const found: number[] = [];
    const onProgress = (progress: { done: number; total: number }) => reports.push({ ...progress });
    for await (const { mean } of model.predictMCBatches(batches, { samples: 5, pool: helper, onProgress })) {
      found.push(...mean.data);
      model.setWeights(before.map(({ data, shape }) => ({ data: data.map((value) => 2 * value), shape })));
    }
    model.setWeights(before);
    expect(found).toEqual([...whole.mean.data]);
    expect(reports.at(-1)).toEqual({ done: 90 * 5, total: 90 * 5 });
  });
});

test("predictMCBatches() gives records of several layers, and nothing for no batches", async () => {
  expect.hasAssertions();
  for await (const result of model.predictMCBatches([rows], { samples: 3, layer: "all" })) {
    expect(Object.keys(result)).toEqual(["dense_1", "dense_2"]);
  }
  expect(await collected(model.predictMCBatches([]))).toEqual([]);
});

test.each([undefined, 5, "rows", {}])("predictMCBatches() refuses %j as batches", async (wrong) => {
  await expectError(
    () => collected(model.predictMCBatches(wrong as never)),
    TypeError,
    "batches",
    "iterable",
  );
});
