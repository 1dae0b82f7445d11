// Are sampled means and variances spread about the exact ones as theory says? Each run has its own seed or its own gates.
import { describe, expect, test } from "vitest";
import { at } from "../oracle/at.ts";
import { type Description, denseLayer, dropoutLayer } from "../oracle/description.ts";
import { exactStatistics } from "../oracle/exact.ts";
import { arrange } from "../oracle/network.ts";
import type { UnitStatistics } from "../oracle/unitStatistics.ts";
import { normals } from "../oracle/values.ts";
import { batchOf, withModel } from "./buildModel.ts";
import { normality } from "./normality.ts";
import { runs } from "./runs.ts";

const draw = normals(41);
const weights = (count: number): Float32Array => Float32Array.from({ length: count }, draw);

interface DistributionCase {
  readonly name: string;
  readonly description: Description;
}

const cases: DistributionCase[] = [
  {
    name: "rate 1/2 into a logistic unit",
    description: {
      inputs: 8,
      nodes: [dropoutLayer(0, 0.5), denseLayer(1, 1, weights(8), { activation: "sigmoid" })],
      output: 2,
    },
  },
  {
    name: "a rate per input, standard scaling, tanh",
    description: {
      inputs: 5,
      nodes: [
        dropoutLayer(0, [0.5, 0.2, 0.3, 0, 0.6], "standard"),
        denseLayer(1, 1, weights(5), { activation: "tanh" }),
      ],
      output: 2,
    },
  },
  {
    name: "two gated layers",
    description: {
      inputs: 4,
      nodes: [
        dropoutLayer(0, 0.25),
        denseLayer(1, 6, weights(24), { activation: "relu", bias: weights(6) }),
        dropoutLayer(2, 0.5),
        denseLayer(3, 1, weights(6)),
      ],
      output: 4,
    },
  },
  {
    name: "connection gates",
    description: {
      inputs: 3,
      nodes: [
        denseLayer(0, 3, weights(9), { activation: "tanh", connectionRate: 0.4 }),
        denseLayer(1, 1, weights(3), { connectionRate: 0.5, scaling: "standard" }),
      ],
      output: 2,
    },
  },
];

const x = [0.75, -1.25, 1.5, -0.5, 1, 0.25, -2, 0.625];
const SAMPLES = 400;

/** z of a sampled mean: its standard error comes from the exact variance. */
function meanScore(sampled: number, { mean, variance }: UnitStatistics): number {
  return (sampled - mean) / Math.sqrt(variance / SAMPLES);
}

/**
 * z of a sampled 1/T variance s². With T independent draws E s² = V(T-1)/T and
 * Var s² = (T-1)²μ₄/T³ - (T-1)(T-3)V²/T³ (Kenney and Keeping, Mathematics of Statistics, 1951).
 */
function varianceScore(sampled: number, { variance: v, fourthMoment }: UnitStatistics): number {
  const t = SAMPLES;
  const spread = ((t - 1) ** 2 * fourthMoment - (t - 1) * (t - 3) * v * v) / t ** 3;
  return (sampled - (v * (t - 1)) / t) / Math.sqrt(spread);
}

function expectStandardNormal(scores: readonly number[]): void {
  expect(normality(scores)).toMatchObject({ isNormal: true });
}

describe.each(cases)("predictMC() over $name", ({ description }) => {
  const input = x.slice(0, description.inputs);
  const network = arrange(description);
  const exact = at(exactStatistics(network, network.nodes.length - 1, input), 0);

  test("spreads its means and variances over many seeds as exact V and μ₄ say", async () => {
    const count = runs(300, 5000);
    const found = await withModel(description, async (model) => {
      const results = [];
      for (let seed = 0; seed < count; seed++) {
        results.push(await model.predictMC(batchOf([input]), { samples: SAMPLES, seed, variant: "simd128" }));
      }
      return results;
    });
    const means = found.map(({ mean }) => meanScore(at(mean.data, 0), exact));
    expectStandardNormal(means);
    // Four standard errors hold for each seed but one in 16,000.
    expect(means.filter((z) => Math.abs(z) > 4).length).toBeLessThanOrEqual(count < 1000 ? 0 : count / 2000);
    expectStandardNormal(found.map(({ variance }) => varianceScore(at(variance.data, 0), exact)));
  });

  test("spreads the rows of one batch likewise when each has gates of its own", async () => {
    const rows = Array.from({ length: runs(400, 5000) }, () => input);
    const { mean, variance } = await withModel(description, (model) =>
      model.predictMC(batchOf(rows), {
        samples: SAMPLES,
        seed: 12345,
        masks: "independent",
        variant: "simd128",
      }),
    );
    expectStandardNormal(Array.from(mean.data, (value) => meanScore(value, exact)));
    expectStandardNormal(Array.from(variance.data, (value) => varianceScore(value, exact)));
  });

  test("gives all rows of one batch the same mean under shared gates", async () => {
    const rows = Array.from({ length: 9 }, () => input);
    const { mean } = await withModel(description, (model) =>
      model.predictMC(batchOf(rows), { samples: SAMPLES, seed: 6 }),
    );
    expect(new Set(mean.data).size).toBe(1);
  });
});
