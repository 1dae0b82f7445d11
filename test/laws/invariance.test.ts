// THEORY §6: chunk, order and number of samples never change a result. Compared bit for bit.
import fc from "fast-check";
import { dense, dropout, type MCResult, type PredictMCOptions, sequential } from "thinned";
import { describe, expect, test } from "vitest";
import { type Batch, batchOf, withModel } from "../agreement/buildModel.ts";
import { everyActivation, randomNetwork } from "../agreement/randomNetwork.ts";
import { propertyRuns, runs } from "../agreement/runs.ts";
import { type Description, denseLayer, dropoutLayer } from "../oracle/description.ts";
import { normalRows, normals } from "../oracle/values.ts";

const draw = normals(91);
const kernel = (inputs: number, units: number): Float32Array =>
  Float32Array.from({ length: inputs * units }, () => draw() / Math.sqrt(inputs));

const wide: Description = {
  inputs: 37,
  nodes: [
    dropoutLayer(0, 0.5),
    denseLayer(1, 130, kernel(37, 130), { activation: "relu", bias: kernel(1, 130) }),
    dropoutLayer(2, 0.3),
    denseLayer(3, 5, kernel(130, 5), { activation: "softmax" }),
  ],
  output: 4,
};

function sliceRows({ data, shape: [, width = 0] }: Batch, start: number, end: number): Batch {
  return { data: data.slice(start * width, end * width), shape: [end - start, width] };
}

// Options for one layer: the result is no record.
type SampleOptions = Omit<PredictMCOptions, "layer">;

/** The bits of every statistic of the rows [start, end), to be compared with ==. */
function rowBits(result: MCResult, start: number, end: number): number[][] {
  const width = result.mean.data.length / (result.mean.shape[0] ?? 1);
  const perRow = [
    result.predictiveEntropy,
    result.expectedEntropy,
    result.mutualInformation,
    result.variationRatio,
  ];
  return [
    ...[result.mean, result.variance, result.standardError].map(({ data }) => [
      ...data.slice(start * width, end * width),
    ]),
    ...perRow.map((statistic) => [...(statistic?.data.slice(start, end) ?? [])]),
  ];
}

describe("predictMC() does not depend on the batch", () => {
  const x = batchOf(normalRows(92, 13, 37));

  // The default build is the fastest one of the platform; on each platform it must keep the law as well.
  test.each(["simd128", "auto"] as const)(
    "split into chunks of any size, with shared masks, on %s",
    async (variant) => {
      const options: SampleOptions = { samples: 21, seed: 5, masks: "shared", variant };
      await withModel(wide, async (model) => {
        const whole = await model.predictMC(x, options);
        for (const size of [1, 2, 3, 5, 8, 12]) {
          for (let start = 0; start < 13; start += size) {
            const end = Math.min(13, start + size);
            const part = await model.predictMC(sliceRows(x, start, end), options);
            expect(rowBits(part, 0, end - start)).toEqual(rowBits(whole, start, end));
          }
        }
      });
    },
  );

  test("of more rows than any chunk inside", async () => {
    const many = batchOf(normalRows(95, 1500, 37));
    await withModel(wide, async (model) => {
      const shared: SampleOptions = { samples: 7, seed: 6, variant: "simd128" };
      const independent: SampleOptions = { ...shared, masks: "independent" };
      const [whole, apart] = [await model.predictMC(many, shared), await model.predictMC(many, independent)];
      for (const [start, end] of [
        [0, 1],
        [255, 257],
        [511, 600],
        [1023, 1025],
        [1499, 1500],
      ] as const) {
        const part = await model.predictMC(sliceRows(many, start, end), shared);
        expect(rowBits(part, 0, end - start)).toEqual(rowBits(whole, start, end));
      }
      const cut = await model.predictMC(sliceRows(many, 0, 1025), independent);
      expect(rowBits(cut, 0, 1025)).toEqual(rowBits(apart, 0, 1025));
    });
  });

  test("of rows whose activities overflow where masks drop them", async () => {
    const layers = [dropout(0.5), dense(40, { activation: "relu" }), dropout(0.5), dense(20)];
    using model = sequential(layers, { inputShape: [3], seed: 1 });
    const [kernel, bias, next, last] = model.getWeights();
    if (!kernel || !bias || !next || !last) throw new Error("there are four arrays of weights");
    kernel.data.fill(0.1).fill(3e38, 0, 1);
    next.data.fill(0.01);
    model.setWeights([kernel, bias, next, last]);
    const rows = Array.from({ length: 40 }, () => [2, 2, 2]);
    for (const masks of ["shared", "independent"] as const) {
      const options = { samples: 12, seed: 1, masks, keepSamples: true, variant: "simd128" } as const;
      const first = async (count: number) => {
        const { samples } = await model.predictMC(rows.slice(0, count), options);
        return samples?.data.filter((_, i) => i % (count * 20) === 0);
      };
      const one = await first(1);
      expect(one).toContain(Number.POSITIVE_INFINITY);
      expect(one).not.toContain(Number.NaN);
      for (const count of [15, 16, 40]) expect(await first(count)).toEqual(one);
    }
  });

  test("of weights that a factor would make infinite", async () => {
    const layers = [dense(4), dropout(0.5), dense(3)];
    using model = sequential(layers, { inputShape: [2], seed: 1 });
    const weights = model.getWeights();
    weights[2]?.data.fill(3e38);
    model.setWeights(weights);
    const rows = Array.from({ length: 20 }, () => [1e-30, 2e-30]);
    const options = { samples: 50, seed: 1, variant: "simd128" } as const;
    const one = await model.predictMC(rows.slice(0, 1), options);
    expect([...one.mean.data].every(Number.isFinite)).toBe(true);
    expect((await model.predictMC(rows, options)).mean.data.slice(0, 3)).toEqual(one.mean.data);
  });

  test("cut short, with independent masks", async () => {
    const options: SampleOptions = { samples: 21, seed: 5, masks: "independent", variant: "simd128" };
    await withModel(wide, async (model) => {
      const whole = await model.predictMC(x, options);
      for (const end of [1, 2, 4, 7, 12]) {
        expect(rowBits(await model.predictMC(sliceRows(x, 0, end), options), 0, end)).toEqual(
          rowBits(whole, 0, end),
        );
      }
    });
  });

  test("in random graphs, with shared masks", async () => {
    await fc.assert(
      fc.asyncProperty(
        randomNetwork({ activations: everyActivation, width: 9, gates: 100 }),
        fc.integer({ min: 1, max: 6 }),
        async (description, cut) => {
          const rows = batchOf(normalRows(93, 7, description.inputs));
          const options: SampleOptions = { samples: 9, seed: 3, variant: "simd128" };
          await withModel(description, async (model) => {
            const whole = await model.predictMC(rows, options);
            expect(rowBits(await model.predictMC(sliceRows(rows, 0, cut), options), 0, cut)).toEqual(
              rowBits(whole, 0, cut),
            );
            expect(rowBits(await model.predictMC(sliceRows(rows, cut, 7), options), 0, 7 - cut)).toEqual(
              rowBits(whole, cut, 7),
            );
          });
        },
      ),
      propertyRuns(20, 500),
    );
  });

  test("nor does predict()", async () => {
    await withModel(wide, (model) => {
      const whole = model.predict(x).data;
      for (let row = 0; row < 13; row++) {
        expect(model.predict(sliceRows(x, row, row + 1)).data).toEqual(whole.slice(5 * row, 5 * row + 5));
      }
    });
  });

  test("nor does exact()", async () => {
    const few: Description = {
      inputs: 37,
      nodes: [
        dropoutLayer(0, [...new Array<number>(6).fill(0.5), ...new Array<number>(31).fill(0)]),
        denseLayer(1, 3, kernel(37, 3), { activation: "sigmoid" }),
      ],
      output: 2,
    };
    await withModel(few, async (model) => {
      const whole = await model.exact(x);
      for (const row of [0, 6, 12]) {
        const one = await model.exact(sliceRows(x, row, row + 1));
        expect([...one.mean.data]).toEqual([...whole.mean.data.slice(3 * row, 3 * row + 3)]);
        expect([...one.variance.data]).toEqual([...whole.variance.data.slice(3 * row, 3 * row + 3)]);
      }
    });
  });
});

describe("predictMC() does not depend on the number of samples", () => {
  test.each(["shared", "independent"] as const)(
    "sample t of 100 is sample t of 10,000 with %s masks",
    async (masks) => {
      const x = batchOf(normalRows(94, 3, 37));
      const [few, many] = [100, runs(2000, 10_000)];
      await withModel(wide, async (model) => {
        const samplesOf = async (samples: number) => {
          const result = await model.predictMC(x, {
            samples,
            seed: 77,
            masks,
            keepSamples: true,
            variant: "simd128",
          });
          return result.samples?.data ?? new Float32Array(0);
        };
        const long = await samplesOf(many);
        for (const samples of [1, 3, few])
          expect(await samplesOf(samples)).toEqual(long.slice(0, samples * 3 * 5));
      });
    },
  );

  test("keeping samples changes no statistic", async () => {
    const x = batchOf(normalRows(94, 3, 37));
    await withModel(wide, async (model) => {
      const options: SampleOptions = { samples: 50, seed: 7, variant: "simd128" };
      const kept = await model.predictMC(x, { ...options, keepSamples: true });
      expect(rowBits(kept, 0, 3)).toEqual(rowBits(await model.predictMC(x, options), 0, 3));
    });
  });

  test("observing a hidden layer or all layers changes no sample", async () => {
    const x = batchOf(normalRows(94, 3, 37));
    await withModel(wide, async (model) => {
      const options: SampleOptions = { samples: 10, seed: 7, variant: "simd128" };
      const all = await model.predictMC(x, { ...options, layer: "all" });
      for (const [name, result] of Object.entries(all)) {
        const { [name]: alone } = await model.predictMC(x, { ...options, layer: [name] });
        expect(rowBits(alone as MCResult, 0, 3)).toEqual(rowBits(result, 0, 3));
      }
      expect(Object.keys(all)).toHaveLength(2);
    });
  });
});
