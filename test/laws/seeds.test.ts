// A seed names one stream: the same seed gives the same bits, another seed other ones.
import { adam, dense, dropout, type Model, sequential } from "thinned";
import { describe, expect, test } from "vitest";
import { batchOf } from "../agreement/buildModel.ts";
import { normalRows } from "../oracle/values.ts";

const x = batchOf(normalRows(101, 24, 6));
const y = batchOf(normalRows(102, 24, 2));
const newModel = (seed: number): Model =>
  sequential([dropout(0.2), dense(9, { activation: "tanh" }), dropout(0.5), dense(2)], {
    inputShape: [6],
    seed,
  });

async function withNewModel<T>(use: (model: Model) => Promise<T>): Promise<T> {
  const model = newModel(1);
  try {
    return await use(model);
  } finally {
    model.dispose();
  }
}

const sampledMean = (seed: number) =>
  withNewModel(async (model) =>
    (await model.predictMC(x, { samples: 9, seed, variant: "simd128" })).mean.data.join(),
  );

const trained = (seed: number, change: { maskSharing?: "example" | "batch"; shuffle?: boolean } = {}) =>
  withNewModel(async (model) => {
    await model.fit(x, y, {
      epochs: 2,
      batchSize: 5,
      optimizer: adam(),
      loss: "meanSquaredError",
      seed,
      ...change,
    });
    return model
      .getWeights()
      .map(({ data }) => data.join())
      .join(";");
  });

// Seeds that share their low word or their high word.
const seeds = [0, 1, 2, 2 ** 32, 2 ** 32 + 1, 2 ** 53 - 1];

describe("predictMC()", () => {
  test("repeats itself from the same seed and differs from another", async () => {
    const found = [];
    for (const seed of seeds) {
      found.push(await sampledMean(seed));
      expect(await sampledMean(seed)).toBe(found.at(-1));
    }
    expect(new Set(found).size).toBe(seeds.length);
  });

  test("takes the model's seed by default and says so", async () => {
    const model = newModel(42);
    const { info, mean } = await model.predictMC(x, { samples: 9 });
    expect(info.seed).toBe(42);
    expect(mean.data).toEqual((await model.predictMC(x, { samples: 9, seed: 42 })).mean.data);
    model.dispose();
  });

  test("draws new gates for each sample", async () => {
    await withNewModel(async (model) => {
      const { samples } = await model.predictMC(x, { samples: 50, seed: 1, keepSamples: true });
      const firstRows = Array.from({ length: 50 }, (_, t) => samples?.data.slice(t * 48, t * 48 + 2).join());
      expect(new Set(firstRows).size).toBeGreaterThan(40);
    });
  });
});

describe("fit()", () => {
  test("repeats itself from the same seed and differs from another", async () => {
    const found = [];
    for (const seed of seeds) found.push(await trained(seed));
    expect(await trained(seeds[0] ?? 0)).toBe(found[0]);
    expect(new Set(found).size).toBe(seeds.length);
  });

  test("trains differently with gates per example and per batch, shuffled and not", async () => {
    const found = [
      await trained(1, { maskSharing: "example", shuffle: true }),
      await trained(1, { maskSharing: "batch", shuffle: true }),
      await trained(1, { maskSharing: "example", shuffle: false }),
    ];
    expect(new Set(found).size).toBe(3);
  });

  test("leaves the random stream of predictMC() where it was", async () => {
    await withNewModel(async (model) => {
      const weights = model.getWeights();
      const before = await model.predictMC(x, { samples: 5, seed: 3, variant: "simd128" });
      await model.fit(x, y, { epochs: 1, loss: "meanSquaredError", seed: 1 });
      model.setWeights(weights);
      const after = await model.predictMC(x, { samples: 5, seed: 3, variant: "simd128" });
      expect(after.mean.data).toEqual(before.mean.data);
    });
  });
});
