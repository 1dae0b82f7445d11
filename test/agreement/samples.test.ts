// predictMC() against the oracle's own subnetworks, sample by sample.
import fc from "fast-check";
import type { MCResult } from "thinned";
import { describe, expect, test } from "vitest";
import { at } from "../oracle/at.ts";
import { type Description, denseLayer, dropoutLayer } from "../oracle/description.ts";
import { uncertainty } from "../oracle/entropy.ts";
import {
  boundedForward,
  PRE_ACTIVATION_TOLERANCE,
  RELAXED_PRE_ACTIVATION_TOLERANCE,
} from "../oracle/float32Error.ts";
import { moments, type SampledRun, sampledFactors } from "../oracle/monteCarlo.ts";
import { arrange, observed } from "../oracle/network.ts";
import { normalRows, normals } from "../oracle/values.ts";
import { gateVectors } from "../vectors/vectors.ts";
import { batchOf, withModel } from "./buildModel.ts";
import { everyActivation, randomNetwork } from "./randomNetwork.ts";
import { propertyRuns } from "./runs.ts";

/** Float64 sums over at most a thousand float32 samples, against compensated ones. */
const MOMENT_TOLERANCE = 1e-12;

interface SampleCase {
  readonly description: Description;
  readonly rows: readonly Float32Array[];
  readonly run: SampledRun;
  readonly layer?: number;
  readonly variant?: "simd128" | "auto";
}

async function sampleModel({
  description,
  rows,
  run,
  layer,
  variant = "simd128",
}: SampleCase): Promise<MCResult> {
  const options = { ...run, keepSamples: true, variant, ...(layer !== undefined && { layer }) };
  return withModel(description, (model) => model.predictMC(batchOf(rows), options));
}

// Every sample of every row and unit within the rounding of float32.
function expectSamplesAgree({ description, rows, run, layer, variant }: SampleCase, result: MCResult): void {
  const network = arrange(description);
  const node = layer === undefined ? network.nodes.length - 1 : layer + 1;
  const width = at(network.nodes, node).width;
  const tolerance = variant === "auto" ? RELAXED_PRE_ACTIVATION_TOLERANCE : PRE_ACTIVATION_TOLERANCE;
  expect(result.samples?.shape).toEqual([run.samples, rows.length, width]);
  for (let sample = 0; sample < run.samples; sample++) {
    rows.forEach((x, row) => {
      const pass = boundedForward(network, x, sampledFactors(network, run, sample, row), tolerance);
      const seen = observed(network, node);
      for (let unit = 0; unit < width; unit++) {
        const found = at(result.samples?.data ?? [], (sample * rows.length + row) * width + unit);
        const wanted = at(at(pass.activities, seen), unit);
        if (!(Math.abs(found - wanted) <= at(at(pass.tolerances, seen), unit))) {
          expect.fail(`sample ${sample} row ${row} unit ${unit}: ${found}, wanted ${wanted}`);
        }
      }
    });
  }
}

// The streamed moments against those of the samples that the same run kept.
function expectMomentsAgree(result: MCResult): void {
  const [samples = 0, ...shape] = result.samples?.shape ?? [];
  const cells = shape.reduce((product, size) => product * size, 1);
  for (const statistic of [result.mean, result.variance, result.standardError])
    expect(statistic.shape).toEqual(shape);
  for (let cell = 0; cell < cells; cell++) {
    const values = Array.from({ length: samples }, (_, t) =>
      at(result.samples?.data ?? [], t * cells + cell),
    );
    const wanted = moments(values);
    const size = values.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
    expect(Math.abs(at(result.mean.data, cell) - wanted.mean)).toBeLessThanOrEqual(MOMENT_TOLERANCE * size);
    expect(Math.abs(at(result.variance.data, cell) - wanted.variance)).toBeLessThanOrEqual(
      MOMENT_TOLERANCE * size ** 2,
    );
    const standardError = Math.sqrt(at(result.variance.data, cell) / samples);
    expect(at(result.standardError.data, cell)).toBeCloseTo(standardError, 14);
  }
}

describe("predictMC() draws the oracle's subnetworks", () => {
  test("for random graphs, either kind of masks, any layer", async () => {
    await fc.assert(
      fc.asyncProperty(
        randomNetwork({ activations: everyActivation, width: 9, nodes: 7, gates: 200 }),
        fc.constantFrom<SampledRun["masks"]>("shared", "independent"),
        fc.maxSafeNat(),
        fc.nat(100),
        fc.constantFrom(1, 2, 7, 33),
        async (description, masks, seed, pick, samples) => {
          const layer = pick % (arrange(description).nodes.length - 1);
          const rows = normalRows(pick, 3, description.inputs);
          const sampleCase: SampleCase = { description, rows, layer, run: { seed, samples, masks } };
          const result = await sampleModel(sampleCase);
          expectSamplesAgree(sampleCase, result);
          expectMomentsAgree(result);
        },
      ),
      propertyRuns(60, 2000),
    );
  });

  test.each([
    ["shared", 0.5],
    ["independent", 0.5],
    ["shared", 0.2],
    ["independent", 0.2],
  ] as const)("with %s masks at rate %d over layers wider than a block of bits", async (masks, rate) => {
    const draw = normals(21);
    const widths = [150, 131, 33, 3];
    const nodes = widths.slice(1).flatMap((units, depth) => {
      const inputs = at(widths, depth);
      const kernel = Float32Array.from({ length: inputs * units }, () => draw() / Math.sqrt(inputs));
      return [
        dropoutLayer(2 * depth, rate),
        denseLayer(2 * depth + 1, units, kernel, { activation: depth === 2 ? "softmax" : "relu" }),
      ];
    });
    const description: Description = { inputs: 150, nodes, output: nodes.length };
    const sampleCase: SampleCase = {
      description,
      rows: normalRows(1, 5, 150),
      run: { seed: 2 ** 53 - 1, samples: 19, masks },
    };
    const result = await sampleModel(sampleCase);
    expectSamplesAgree(sampleCase, result);
    expectMomentsAgree(result);
  });

  test("on the fastest build available, within its own tolerance", async () => {
    const draw = normals(22);
    const kernel = Float32Array.from({ length: 200 * 40 }, () => draw() / 14);
    const head = Float32Array.from({ length: 40 * 5 }, () => draw() / 6);
    const description: Description = {
      inputs: 200,
      nodes: [
        dropoutLayer(0, 0.5),
        denseLayer(1, 40, kernel, { activation: "tanh" }),
        dropoutLayer(2, 0.5),
        denseLayer(3, 5, head),
      ],
      output: 4,
    };
    const run: SampledRun = { seed: 8, samples: 20, masks: "shared" };
    const sampleCase: SampleCase = { description, rows: normalRows(5, 4, 200), run, variant: "auto" };
    const result = await sampleModel(sampleCase);
    expectSamplesAgree(sampleCase, result);
    expect(["simd128", "relaxed", "wide"]).toContain(result.info.variant);
  });
});

describe("predictMC() keeps its random stream", () => {
  const monteCarlo = gateVectors.filter(({ domain, site }) => domain === 0 && site === 0);

  test("has vectors of both layouts to be checked against", () => {
    expect(monteCarlo.some(({ rates }) => rates.every((rate) => rate === 0.5))).toBe(true);
    expect(monteCarlo.some(({ rates }) => rates.some((rate) => rate !== 0.5))).toBe(true);
  });

  // An input of ones through standard gates and an identity kernel shows the gates themselves.
  test.each(monteCarlo)(
    "of seed $seed, row $row, sample $sample",
    async ({ seed, row, sample, rates, kept }) => {
      const units = rates.length;
      const identity = Float32Array.from({ length: units * units }, (_, index) =>
        index % (units + 1) === 0 ? 1 : 0,
      );
      const description: Description = {
        inputs: units,
        nodes: [dropoutLayer(0, rates, "standard"), denseLayer(1, units, identity)],
        output: 2,
      };
      const rows = Array.from({ length: row + 1 }, () => new Float32Array(units).fill(1));
      const samples = sample + 1;
      const { samples: drawn } = await sampleModel({
        description,
        rows,
        run: { seed, samples, masks: "independent" },
      });
      const start = (sample * rows.length + row) * units;
      expect(drawn?.data.slice(start, start + units).join("")).toBe(kept);
    },
  );
});

describe("predictMC() measures uncertainty", () => {
  test.each([
    ["a softmax layer", "softmax", 4],
    ["one logistic unit", "sigmoid", 1],
    ["one logistic unit with c and λ", { type: "sigmoid", c: 2, lambda: 0.5 }, 1],
  ] as const)("of %s as the oracle does", async (_, activation, units) => {
    const draw = normals(31);
    const kernel = Float32Array.from({ length: 6 * units }, draw);
    const description: Description = {
      inputs: 6,
      nodes: [dropoutLayer(0, 0.4), denseLayer(1, units, kernel, { activation })],
      output: 2,
    };
    const rows = normalRows(9, 5, 6);
    const result = await sampleModel({ description, rows, run: { seed: 4, samples: 101, masks: "shared" } });
    rows.forEach((_row, row) => {
      const samples = Array.from({ length: 101 }, (_sample, t) => {
        const start = (t * rows.length + row) * units;
        return result.samples?.data.slice(start, start + units) ?? [];
      });
      const wanted = uncertainty(samples);
      for (const name of [
        "predictiveEntropy",
        "expectedEntropy",
        "mutualInformation",
        "variationRatio",
      ] as const) {
        expect(result[name]?.shape).toEqual([rows.length]);
        // The classes of a softmax sum to 1 within a float32 rounding of each.
        expect(Math.abs(at(result[name]?.data ?? [], row) - wanted[name]), name).toBeLessThan(1e-6);
      }
    });
  });

  test("not at all of a linear layer", async () => {
    const description: Description = {
      inputs: 2,
      nodes: [dropoutLayer(0, 0.5), denseLayer(1, 2, [1, 2, 3, 4])],
      output: 2,
    };
    const result = await sampleModel({
      description,
      rows: normalRows(1, 2, 2),
      run: { seed: 1, samples: 5, masks: "shared" },
    });
    for (const name of [
      "predictiveEntropy",
      "expectedEntropy",
      "mutualInformation",
      "variationRatio",
    ] as const) {
      expect(result[name]).toBeUndefined();
    }
  });
});

test("predictMC() with tau adds 1/tau to the variance", async () => {
  const description: Description = {
    inputs: 2,
    nodes: [dropoutLayer(0, 0.5), denseLayer(1, 2, [1, 2, 3, 4])],
    output: 2,
  };
  const result = await withModel(description, (model) =>
    model.predictMC(batchOf(normalRows(1, 3, 2)), { samples: 50, seed: 1, tau: 8 }),
  );
  expect(result.predictiveVariance?.shape).toEqual([3, 2]);
  expect(Array.from(result.predictiveVariance?.data ?? [])).toEqual(
    Array.from(result.variance.data, (variance) => variance + 1 / 8),
  );
});
