// crossCheck() against the oracle's exact values and its own samples.
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

  test("shares alpha over all compared units", async () => {
    for (const alpha of [0.001, 0.05]) {
      const { threshold } = await check({ seed: 1, alpha });
      const perComparison = 2 * (1 - normalDistribution(threshold));
      // Means alone are as many comparisons as there are values; means and variances are twice as many.
      expect(perComparison * 2 * statistics.length).toBeGreaterThan(0.9 * alpha);
      expect(perComparison * statistics.length).toBeLessThan(1.1 * alpha);
    }
  });

  test("agrees when every score is within the threshold, and only then", async () => {
    const verdicts = [];
    for (let seed = 0; seed < runs(20, 500); seed++) {
      // An alpha this large lets some honest runs fail, so that both verdicts occur.
      const { zMean, zVariance, threshold, agrees } = await check({ seed, alpha: 0.5 });
      const largest = Math.max(...[...zMean.data, ...zVariance.data].map(Math.abs));
      expect(agrees).toBe(largest <= threshold);
      verdicts.push(agrees);
    }
    expect(new Set(verdicts)).toEqual(new Set([true, false]));
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
});
