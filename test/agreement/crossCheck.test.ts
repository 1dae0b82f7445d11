// crossCheck() against the oracle's exact values and its own samples.
import { activation, conv2d, dense, dropout, flatten, layerNormalization, load, sequential } from "thinned";
import { describe, expect, test } from "vitest";
import { at } from "../oracle/at.ts";
import { type Description, denseLayer, dropoutLayer } from "../oracle/description.ts";
import { exactStatistics } from "../oracle/exact.ts";
import { arrange } from "../oracle/network.ts";
import { normalRows, normals } from "../oracle/values.ts";
import { batchOf, withModel } from "./buildModel.ts";
import { normalDistribution } from "./normality.ts";
import { runs } from "./runs.ts";

const draw = normals(81);
const description: Description = {
  inputs: 4,
  nodes: [
    dropoutLayer(0, 0.25),
    denseLayer(1, 5, Float32Array.from({ length: 20 }, draw), { activation: "tanh" }),
    dropoutLayer(2, 0.5),
    denseLayer(3, 3, Float32Array.from({ length: 15 }, draw), { activation: "softmax" }),
  ],
  output: 4,
};
const rows = normalRows(82, 2, 4);
const network = arrange(description);
const statistics = rows.flatMap((x) => exactStatistics(network, 4, x));
const SAMPLES = 2000;

const check = (options: { seed: number; alpha?: number }) =>
  withModel(description, (model) => model.crossCheck(batchOf(rows), { samples: SAMPLES, ...options }));

describe("crossCheck()", () => {
  test("scores means by the exact variance and variances by the exact fourth moment", async () => {
    const { exact, sampled, zMean, zVariance } = await check({ seed: 5 });
    statistics.forEach(({ mean, variance, fourthMoment }, index) => {
      expect(at(exact.mean.data, index)).toBeCloseTo(mean, 12);
      const meanScore = (at(sampled.mean.data, index) - mean) / Math.sqrt(variance / SAMPLES);
      const varianceSpread = Math.sqrt((fourthMoment - variance ** 2) / SAMPLES);
      const varianceScore = (at(sampled.variance.data, index) - variance) / varianceSpread;
      // The floor for float32 rounding and the terms of order 1/T move a score by less than this.
      expect(Math.abs(at(zMean.data, index) - meanScore)).toBeLessThan(0.02);
      expect(Math.abs(at(zVariance.data, index) - varianceScore)).toBeLessThan(0.1);
    });
  });

  test("shares alpha over both sides of every mean and variance", async () => {
    for (const alpha of [0.001, 0.05]) {
      const { threshold } = await check({ seed: 1, alpha });
      const comparisons = 2 * statistics.length;
      expect(Math.exp(-(threshold ** 2) / 2)).toBeCloseTo(alpha / (2 * comparisons), 12);
      // Above the quantile of a normal distribution, which no finite number of samples has.
      expect(2 * comparisons * (1 - normalDistribution(threshold))).toBeLessThan(alpha);
    }
  });

  test("agrees when every score is within its limit, and only then", async () => {
    const verdicts = [];
    for (let seed = 0; seed < runs(60, 500); seed++) {
      // An alpha this large lets some honest runs fail, so that both verdicts occur.
      const result = await check({ seed, alpha: 0.999 });
      const { zMean, zVariance, limitMean, limitVariance, threshold, agrees, worst } = result;
      const limits = [...limitMean.data, ...limitVariance.data];
      const shares = [...zMean.data, ...zVariance.data].map((z, index) => Math.abs(z) / at(limits, index));
      expect(agrees).toBe(Math.max(...shares) <= 1);
      expect(Math.min(...limits)).toBeGreaterThanOrEqual(threshold);
      const [first] = worst;
      expect(Math.abs(first?.z ?? 0) / (first?.limit ?? 1)).toBe(Math.max(...shares));
      verdicts.push(agrees);
    }
    expect(new Set(verdicts)).toEqual(new Set([true, false]));
  });

  test("keeps the limits of ordinary units near the threshold", async () => {
    const { limitMean, limitVariance, threshold } = await check({ seed: 1 });
    for (const limit of limitMean.data) expect(limit).toBeLessThan(1.15 * threshold);
    for (const limit of limitVariance.data) expect(limit).toBeLessThan(1.5 * threshold);
  });

  test("agrees at the default alpha for one seed after another", async () => {
    for (let seed = 0; seed < 10; seed++) expect((await check({ seed })).agrees).toBe(true);
  });

  test("agrees for a network without gates, where every sample is the mean", async () => {
    const still: Description = { inputs: 4, nodes: [denseLayer(0, 2, [1, 2, 3, 4, 5, 6, 7, 8])], output: 1 };
    const result = await withModel(still, (model) =>
      model.crossCheck(batchOf(rows), { samples: 50, seed: 1 }),
    );
    expect(result.agrees).toBe(true);
    for (const score of [...result.zMean.data, ...result.zVariance.data])
      expect(Number.isFinite(score)).toBe(true);
  });

  // With a normal quantile for all, 54 of 1,000 seeds failed at a rate of 5e-7.
  test("raises no more false alarms than alpha promises where drops are rare", async () => {
    const rare: Description = {
      inputs: 3,
      nodes: [dropoutLayer(0, 4e-6), denseLayer(1, 1, [1, 1, 1])],
      output: 2,
    };
    const x = batchOf([[1, 1, 1]]);
    const seeds = runs(300, 1000);
    await withModel(rare, async (model) => {
      let [alarms, beyond] = [0, 0];
      for (let seed = 0; seed < seeds; seed++) {
        const { agrees, zMean, threshold } = await model.crossCheck(x, { samples: 3000, seed });
        if (!agrees) alarms++;
        if (zMean.data.some((z) => Math.abs(z) > threshold)) beyond++;
      }
      // A count of mean 1 (or 0.3) exceeds 8 less than once in a million runs.
      expect(alarms).toBeLessThanOrEqual(8);
      // The control: a drop is beyond the threshold, a few hundredths of the time.
      expect(beyond).toBeGreaterThan(0.01 * seeds);
    });
  });

  test("checks a model from load() as the one that was saved", async () => {
    await withModel(description, async (model) => {
      const loaded = load(model.save());
      const options = { samples: 500, seed: 4, layer: "all" } as const;
      expect(await loaded.crossCheck(batchOf(rows), options)).toEqual(
        await model.crossCheck(batchOf(rows), options),
      );
      loaded.dispose();
    });
  });

  // All of 40 such models failed while the floor of a normalisation was relative to its sum alone.
  test("agrees in front of gates where a normalisation nearly cancels its shift", async () => {
    const [units, rows] = [256, 8];
    for (let seed = 0; seed < runs(3, 40); seed++) {
      const draw = normals(500 + seed);
      const layers = [layerNormalization(), activation("relu"), dropout(0.5), dense(2)];
      const model = sequential(layers, { inputShape: [units], seed });
      const gamma = Float32Array.from({ length: units }, () => 1 + 0.3 * draw());
      const beta = Float32Array.from({ length: units }, () => 0.5 * draw());
      model.setWeights([gamma, beta, ...model.getWeights().slice(2)]);
      const x = { data: Float32Array.from({ length: rows * units }, draw), shape: [rows, units] };
      for (const layer of [0, 1]) {
        const { agrees } = await model.crossCheck(x, { layer, samples: 100, seed });
        expect(agrees).toBe(true);
      }
      model.dispose();
    }
  });

  // 1.9e-174 is 0 in float32.
  test("agrees where a number is too small for the sampler to hold", async () => {
    const softmax = conv2d(2, { kernelSize: 1, activation: "softmax" });
    const model = sequential([softmax, flatten(), dropout(0.5), dense(1)], {
      inputShape: [1, 1, 1],
      seed: 1,
    });
    model.setWeights([[[[[200, -200]]]], [0, 0], [[1], [1]], [0]]);
    const { agrees, exact, sampled } = await model.crossCheck([[[[1]]]], { layer: 1, samples: 100 });
    expect([agrees, at(sampled.mean.data, 1)]).toEqual([true, 0]);
    expect(at(exact.mean.data, 1)).toBeGreaterThan(0);
    model.dispose();
  });
});
