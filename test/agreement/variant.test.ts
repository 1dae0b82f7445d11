// The builds of the module beside each other: fused multiply-adds may move the last bits of a product, and no more.
import { init } from "thinned";
import { afterAll, describe, expect, test } from "vitest";
import { at } from "../oracle/at.ts";
import { type Description, denseLayer, dropoutLayer } from "../oracle/description.ts";
import { RELAXED_PRE_ACTIVATION_TOLERANCE } from "../oracle/float32Error.ts";
import { normalRows, normals } from "../oracle/values.ts";
import { batchOf, withModel } from "./buildModel.ts";

// A module of one function that returns i8x16.relaxed_swizzle of two constants: valid only where relaxed SIMD is.
const RELAXED_PROBE = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 15, 1, 13, 0],
  ...[65, 1, 253, 15, 65, 2, 253, 15, 253, 128, 2, 11],
);
const hasRelaxed = WebAssembly.validate(RELAXED_PROBE);

const draw = normals(121);
const [inputs, units] = [784, 33];
const kernel = Float32Array.from({ length: inputs * units }, draw);
const description: Description = {
  inputs,
  nodes: [dropoutLayer(0, 0, "standard"), denseLayer(1, units, kernel)],
  output: 2,
};
const rows = normalRows(122, 5, inputs);

afterAll(() => init({ variant: "auto" }));

describe("the relaxed build", () => {
  test("is the default of predictMC() where the host has it, and simd128 elsewhere", async () => {
    const { info } = await withModel(description, (model) => model.predictMC(batchOf(rows), { samples: 1 }));
    expect(info.variant).toBe(hasRelaxed ? "relaxed" : "simd128");
  });

  test("lies within 1e-5 Σ|w x| of simd128", async () => {
    await withModel(description, async (model) => {
      const sampled = await model.predictMC(batchOf(rows), { samples: 1, variant: "auto" });
      const strict = await model.predictMC(batchOf(rows), { samples: 1, variant: "simd128" });
      rows.forEach((x, row) => {
        for (let unit = 0; unit < units; unit++) {
          const size = x.reduce((sum, value, i) => sum + Math.abs(value * at(kernel, i * units + unit)), 0);
          const index = row * units + unit;
          const difference = Math.abs(at(sampled.mean.data, index) - at(strict.mean.data, index));
          expect(difference).toBeLessThanOrEqual(RELAXED_PRE_ACTIVATION_TOLERANCE * size);
        }
      });
    });
  });

  test("repeats its own bits", async () => {
    await withModel(description, async (model) => {
      const once = await model.predictMC(batchOf(rows), { samples: 3, seed: 2 });
      expect((await model.predictMC(batchOf(rows), { samples: 3, seed: 2 })).mean).toEqual(once.mean);
    });
  });
});

describe("init()", () => {
  test("makes a named build the default until it is set back", async () => {
    await init({ variant: "simd128" });
    const { info } = await withModel(description, (model) => model.predictMC(batchOf(rows), { samples: 1 }));
    expect(info.variant).toBe("simd128");
    await init({ variant: "auto" });
  });

  test("changes no bit of exact()", async () => {
    const few: Description = {
      inputs: 5,
      nodes: [dropoutLayer(0, 0.5), denseLayer(1, 2, kernel.subarray(0, 10), { activation: "sigmoid" })],
      output: 2,
    };
    const exactOf = () => withModel(few, (model) => model.exact(batchOf(normalRows(123, 2, 5))));
    const before = await exactOf();
    if (hasRelaxed) await init({ variant: "relaxed" });
    const after = await exactOf();
    await init({ variant: "auto" });
    expect(after).toEqual(before);
  });

  test("throws RangeError that names the builds when given another", async () => {
    await expect(init({ variant: "avx" as never })).rejects.toThrow(RangeError);
    await expect(init({ variant: "avx" as never })).rejects.toThrow(/avx.*simd128/s);
  });
});
