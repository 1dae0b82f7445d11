// predictMC({ integrateLast: true }) against the oracle's masks of the last gates, and against plain sampling.
import { dense, dropout, gaussianDropout, type Model, sequential } from "thinned";
import { describe, expect, test } from "vitest";
import { at } from "../oracle/at.ts";
import { conditionalMoments } from "../oracle/conditional.ts";
import { type Activation, type Description, denseLayer, dropoutLayer } from "../oracle/description.ts";
import { moments, sampledFactors } from "../oracle/monteCarlo.ts";
import { arrange } from "../oracle/network.ts";
import { normalRows, normals } from "../oracle/values.ts";
import { batchOf, withModel } from "./buildModel.ts";

/** Float32 activities below the last gates, through weights of size 1. */
const TOLERANCE = 1e-5;

const numbers = (seed: number, count: number): Float32Array => {
  const draw = normals(seed);
  return Float32Array.from({ length: count }, () => draw());
};

// Gates over the inputs and over a hidden layer, and a path around the latter.
function chain(output: Activation, scaling: "inverted" | "standard"): Description {
  return {
    inputs: 3,
    nodes: [
      dropoutLayer(0, 0.5, scaling),
      denseLayer(1, 4, numbers(1, 12), { activation: "relu", bias: numbers(2, 4) }),
      dropoutLayer(2, [0.5, 0.25, 0, 0.8], scaling),
      { kind: "concat", sources: [3, 1] },
      denseLayer(4, 2, numbers(3, 14), { activation: output, bias: numbers(4, 2) }),
    ],
    output: 5,
  };
}

describe("predictMC({ integrateLast })", () => {
  for (const scaling of ["inverted", "standard"] as const) {
    for (const output of ["linear", "tanh", { type: "sigmoid", c: 0.5, lambda: 2 }] as const) {
      for (const masks of ["shared", "independent"] as const) {
        const name = typeof output === "string" ? output : output.type;
        test(`averages ${name} units over all masks of the last gates, ${masks} masks, ${scaling} scaling`, async () => {
          const description = chain(output, scaling);
          const network = arrange(description);
          const last = 3; // the second dropout
          const rows = normalRows(5, 3, 3);
          const run = { seed: 3, samples: 40, masks };
          const options = { ...run, integrateLast: true, keepSamples: true, variant: "simd128" } as const;
          const result = await withModel(description, (model) => model.predictMC(batchOf(rows), options));
          expect(result.info.integrateLast).toBe(true);
          rows.forEach((x, row) => {
            const given = Array.from({ length: run.samples }, (_, sample) =>
              conditionalMoments(network, 5, x, sampledFactors(network, run, sample, row), [last]),
            );
            for (const unit of [0, 1]) {
              const means = given.map((units) => at(units, unit).mean);
              const within = given.map((units) => at(units, unit).variance);
              const wanted = moments(means);
              const index = row * 2 + unit;
              const near = (found: number, value: number): void =>
                expect(Math.abs(found - value)).toBeLessThan(TOLERANCE * (1 + Math.abs(value)));
              means.forEach((mean, sample) => {
                near(at(result.samples?.data ?? [], sample * 6 + index), mean);
              });
              near(at(result.mean.data, index), wanted.mean);
              near(at(result.variance.data, index), wanted.variance + moments(within).mean);
              near(at(result.standardError.data, index), wanted.standardError);
            }
          });
        });
      }
    }
  }

  test("estimates a mean with a variance that is never larger than that of plain sampling, and most often much smaller", async () => {
    for (const output of ["linear", "sigmoid", "tanh"] as const) {
      const layers = [
        dropout(0.3),
        dense(8, { activation: "tanh" }),
        dropout(0.5),
        dense(2, { activation: output }),
      ];
      const model = sequential(layers, { inputShape: [5], seed: 7 });
      const x = batchOf(normalRows(1, 1, 5));
      const spread = async (integrateLast: boolean): Promise<number[]> => {
        const means: number[][] = [[], []];
        for (let seed = 0; seed < 400; seed++) {
          const { mean } = await model.predictMC(x, { samples: 4, seed, integrateLast, variant: "simd128" });
          means.forEach((unit, index) => {
            unit.push(at(mean.data, index));
          });
        }
        return means.map((unit) => moments(unit).variance);
      };
      const [plain, integrated] = [await spread(false), await spread(true)];
      // The lower gates are the same draws in both: a spread of 400 estimates is off by some 7 % and mostly alike.
      for (const unit of [0, 1]) expect(at(integrated, unit)).toBeLessThan(0.8 * at(plain, unit));
      const exact = await model.exact(x, { method: "reference" });
      const large = await model.predictMC(x, { samples: 4000, integrateLast: true });
      for (const unit of [0, 1]) {
        const off = Math.abs(at(large.mean.data, unit) - at(exact.mean.data, unit));
        expect(off).toBeLessThan(5 * at(large.standardError.data, unit) + TOLERANCE);
        expect(at(large.variance.data, unit) / at(exact.variance.data, unit)).toBeCloseTo(1, 1);
      }
      model.dispose();
    }
  });

  test("needs no sample where no other gates are left: the first hidden layer", async () => {
    const model = sequential(
      [dropout(0.5), dense(3, { activation: "sigmoid", name: "h" }), dropout(0.5), dense(1)],
      {
        inputShape: [6],
        seed: 1,
      },
    );
    const x = batchOf(normalRows(2, 2, 6));
    const sampled = await model.predictMC(x, { layer: "h", samples: 3, integrateLast: true });
    const exact = await model.exact(x, { layer: "h" });
    sampled.mean.data.forEach((mean, index) => {
      expect(mean).toBeCloseTo(at(exact.mean.data, index), 12);
      expect(at(sampled.variance.data, index)).toBeCloseTo(at(exact.variance.data, index), 12);
      expect(at(sampled.standardError.data, index)).toBe(0);
    });
    model.dispose();
  });

  const refused: readonly (readonly [string, () => Model, RegExp])[] = [
    [
      "units are softmax",
      () => sequential([dropout(0.5), dense(2, { activation: "softmax" })], { inputShape: [2] }),
      /of "softmax" units there is no such integral, wanted linear, .*; select the logits/,
    ],
    [
      "units are rectified",
      () => sequential([dropout(0.5), dense(2, { activation: "relu" })], { inputShape: [2] }),
      /of "relu" units there is no such integral, wanted linear, logistic, tanh or softplus units; select a layer of these/,
    ],
    [
      "no gates lie directly below",
      () => sequential([dropout(0.5), dense(2, { activation: "relu" }), dense(1)], { inputShape: [2] }),
      /an activation lies between it and all gates/,
    ],
    [
      "its gates are noise",
      () => sequential([gaussianDropout(0.5), dense(2)], { inputShape: [2] }),
      /all its gates are noise, or shared by several units/,
    ],
  ];
  test.each(refused)("throws RangeError when %s", async (_, make, message) => {
    const model = make();
    const call = model.predictMC([[1, 2]], { integrateLast: true });
    await expect(call).rejects.toThrow(RangeError);
    await expect(call).rejects.toThrow(message);
    model.dispose();
  });
});
