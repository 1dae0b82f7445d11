import { describe, expect, test } from "vitest";
import { type Description, denseLayer, dropoutLayer } from "./description.ts";
import { exactStatistics } from "./exact.ts";
import { moments, type SampledRun, sampleActivities } from "./monteCarlo.ts";
import { arrange } from "./network.ts";

const description: Description = {
  inputs: 2,
  nodes: [
    dropoutLayer(0, 0.5),
    denseLayer(1, 3, [1, -2, 0.5, 1.5, 1, -1], { bias: [0.5, 0.25, -0.125], activation: "tanh" }),
    dropoutLayer(2, [0.3, 0, 0.8], "standard"),
    denseLayer(3, 1, [1, 2, -1], { activation: "sigmoid", connectionRate: 0.25 }),
  ],
  output: 4,
};
const network = arrange(description);
const rows = [
  [1, -0.5],
  [0.25, 2],
];
const run: SampledRun = { seed: 3, samples: 4000, masks: "shared" };

describe("sampleActivities()", () => {
  test("has the exact mean and variance to within 4 standard errors", () => {
    const sampled = sampleActivities(network, 4, rows, run);
    rows.forEach((x, row) => {
      const [exact] = exactStatistics(network, 4, x);
      if (!exact) expect.fail("one unit");
      const found = moments(sampled.map((sample) => sample[row]?.[0] ?? Number.NaN));
      expect(Math.abs(found.mean - exact.mean)).toBeLessThan(4 * Math.sqrt(exact.variance / run.samples));
      const spread = Math.sqrt((exact.fourthMoment - exact.variance ** 2) / run.samples);
      expect(Math.abs(found.variance - exact.variance)).toBeLessThan(4 * spread);
    });
  });

  test("gives the same row the same samples under shared gates and other ones under independent gates", () => {
    const twice = (masks: SampledRun["masks"]) =>
      sampleActivities(
        network,
        4,
        [
          [1, 1],
          [1, 1],
        ],
        { ...run, samples: 20, masks },
      ).map(([first, second]) => `${first}` === `${second}`);
    expect(twice("shared").every((same) => same)).toBe(true);
    expect(twice("independent").every((same) => same)).toBe(false);
  });

  test("gives row 0 the same samples under both kinds of gates", () => {
    const row0 = (masks: SampledRun["masks"]) =>
      sampleActivities(network, 4, rows, { ...run, samples: 20, masks }).map(([first]) => first);
    expect(row0("shared")).toEqual(row0("independent"));
  });

  test("observes a dropout layer before its own gates", () => {
    const few = { ...run, samples: 10 };
    expect(sampleActivities(network, 3, rows, few)).toEqual(sampleActivities(network, 2, rows, few));
  });
});

test("moments() divide by T", () => {
  expect(moments([1, 2, 3, 6])).toEqual({ mean: 3, variance: 3.5, standardError: Math.sqrt(3.5 / 4) });
});
