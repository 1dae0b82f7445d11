// The number of workers never changes a bit. Compared with ==, on the default build of the platform as well.
import {
  createPool,
  dense,
  dropout,
  type MCResult,
  type Pool,
  type PredictMCOptions,
  type Progress,
  sequential,
} from "thinned";
import { afterAll, describe, expect, test } from "vitest";
import { normalRows } from "../oracle/values.ts";

const pools = [1, 2, 7].map((threads) => createPool({ threads }));
afterAll(() => Promise.all(pools.map((pool) => pool.dispose())));

type SampleOptions = Omit<PredictMCOptions, "layer">;

const model = sequential(
  [dropout(0.5), dense(70, { activation: "relu" }), dropout(0.3), dense(5, { activation: "softmax" })],
  { inputShape: [20], seed: 1 },
);
const single = sequential([dropout(0.2), dense(9), dropout(0.5), dense(1, { activation: "sigmoid" })], {
  inputShape: [20],
  seed: 2,
});
const rowsOf = (rows: number) => normalRows(3, rows, 20).map((row) => [...row]);

/** Every number of a result, without the arrays that hold them. */
function numbers({ info, ...tensors }: MCResult): Record<string, number[]> {
  return Object.fromEntries(Object.entries(tensors).map(([name, { data }]) => [name, [...data]]));
}

async function expectSameBits(run: (pool: Pool | undefined) => Promise<MCResult>): Promise<void> {
  const alone = numbers(await run(undefined));
  for (const pool of pools) {
    expect(numbers(await run(pool)), `${pool.threads} workers`).toEqual(alone);
  }
}

describe("predictMC() gives the same bits with 1, 2 and 7 workers as without", () => {
  const cases: [string, number, SampleOptions][] = [
    ["many rows, shared masks", 900, { samples: 60 }],
    ["many rows, independent masks", 450, { samples: 60, masks: "independent" }],
    ["few rows, so that samples are shared out", 3, { samples: 40_000 }],
    ["one row, a last stretch that is no whole leaf", 1, { samples: 100_007, masks: "independent" }],
    ["samples that are kept", 150, { samples: 70, keepSamples: true, tau: 2 }],
    ["kept samples in stretches", 2, { samples: 30_000, keepSamples: true }],
    ["fewer samples than a leaf", 260, { samples: 3 }],
    ["geometric means", 120, { samples: 400, geometricMeans: true }],
  ];
  test.each(cases)("%s", async (_, rows, options) => {
    const x = rowsOf(rows);
    await expectSameBits((pool) => model.predictMC(x, { seed: 9, ...options, pool }));
  });

  test("a single logistic output, on simd128", async () => {
    const x = rowsOf(40);
    await expectSameBits((pool) => single.predictMC(x, { samples: 9000, variant: "simd128", pool }));
  });

  test("the gates of the last layer integrated", async () => {
    const x = rowsOf(6);
    await expectSameBits((pool) => single.predictMC(x, { samples: 3000, integrateLast: true, pool }));
  });

  test("several layers", async () => {
    const x = rowsOf(120);
    const run = async (pool: Pool | undefined) => {
      const results = await model.predictMC(x, { samples: 300, layer: "all", pool });
      return Object.values(results).map(numbers);
    };
    const alone = await run(undefined);
    for (const pool of pools) expect(await run(pool)).toEqual(alone);
  });
});

describe("predictiveLogLikelihood() gives the same bits with 1, 2 and 7 workers as without", () => {
  const cases: [string, number, object][] = [
    ["many rows, shared masks", 900, { samples: 60 }],
    ["many rows, independent masks", 450, { samples: 60, masks: "independent" }],
    ["few rows, more samples", 50, { samples: 700, variant: "simd128" }],
    ["one row", 1, { samples: 3000 }],
  ];
  test.each(cases)("%s", async (_, rows, options) => {
    const x = rowsOf(rows);
    const y = x.map((__, row) => row % 5);
    const loss = "sparseCategoricalCrossentropy";
    const run = (pool: Pool | undefined, onProgress?: (progress: Progress) => void) =>
      model.predictiveLogLikelihood(x, y, { loss, seed: 9, ...options, pool, onProgress });
    const alone = await run(undefined);
    for (const pool of pools) {
      const shares: number[] = [];
      const onProgress = ({ done, total }: Progress) => void shares.push(done / total);
      expect(await run(pool, onProgress), `${pool.threads} workers`).toEqual(alone);
      expect(shares.at(-1)).toBe(1);
    }
  });

  test("and refuses in the words of the call what it refuses without", async () => {
    const linear = sequential([dropout(0.5), dense(2, { name: "scores" })], { inputShape: [20], seed: 1 });
    const loss = "sparseCategoricalCrossentropy" as const;
    const call = (pool: Pool | undefined) =>
      linear.predictiveLogLikelihood(rowsOf(2), [0, 1], { loss, pool }).then(
        () => "",
        (error: Error) => `${error.name}: ${error.message}`,
      );
    expect(await call(pools[1])).toContain("scores");
    expect(await call(pools[1])).toBe(await call(undefined));
  });
});

test("several calls share a pool, each with the weights that it began with", async () => {
  const x = rowsOf(300);
  const other = sequential([dropout(0.5), dense(4)], { inputShape: [20], seed: 5 });
  const options = { samples: 80, pool: pools[1] };
  const before = model.getWeights();
  const calls = [model.predictMC(x, options), other.predictMC(x, options), single.predictMC(x, options)];
  model.setWeights(before.map(({ data, shape }) => ({ data: data.map((value) => value / 2), shape })));
  const after = model.predictMC(x, options);
  const found = (await Promise.all([...calls, after])).map(numbers);
  const halved = numbers(await model.predictMC(x, { samples: 80 }));
  model.setWeights(before);
  const alone = [model, other, single].map(async (one) => numbers(await one.predictMC(x, { samples: 80 })));
  expect(found).toEqual([...(await Promise.all(alone)), halved]);
});
