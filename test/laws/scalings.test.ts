// THEORY §1: standard and inverted scaling describe the same ensembles.
import { dense, dropout, sequential } from "thinned";
import { describe, expect, test } from "vitest";
import { batchOf, withModel } from "../agreement/buildModel.ts";
import { at } from "../oracle/at.ts";
import { denseLayer, dropoutLayer, type Scaling } from "../oracle/description.ts";
import { normalRows } from "../oracle/values.ts";

describe("the two scalings", () => {
  test("describe the same ensemble up to the scale of the stored weights", async () => {
    // Keep probability 1/4 scales by a power of two, so float32 holds both kernels exactly.
    const [kernel, bias, ...rows] = normalRows(13, 5, 6) as [Float32Array, Float32Array, ...Float32Array[]];
    const described = (scaling: Scaling, scale: number) => ({
      inputs: 6,
      nodes: [
        dropoutLayer(0, 0.75, scaling),
        denseLayer(
          1,
          1,
          kernel.map((weight) => weight * scale),
          { bias: bias.subarray(0, 1), activation: "sigmoid" },
        ),
      ],
      output: 2,
    });
    for (const method of ["reference", "nested", "split", "characteristic"] as const) {
      const exactOf = (scaling: Scaling, scale: number) =>
        withModel(described(scaling, scale), (model) => model.exact(batchOf(rows), { method }));
      const inverted = await exactOf("inverted", 1);
      const standard = await exactOf("standard", 4);
      for (const name of ["mean", "variance", "deterministic", "nwgm"] as const) {
        inverted[name]?.data.forEach((value, index) => {
          const off = Math.abs(value - at(standard[name]?.data ?? [], index));
          expect(off, `${name} by ${method}`).toBeLessThan(1e-14);
        });
      }
    }
  });

  test("agree with a model without gates when every rate is 0", async () => {
    const layers = () => [
      dropout(0),
      dense(3, { activation: "tanh" }),
      dropout(0, { scaling: "standard" }),
      dense(2),
    ];
    const gated = sequential(layers(), { inputShape: [4], seed: 5 });
    const plain = sequential([dense(3, { activation: "tanh" }), dense(2)], { inputShape: [4], seed: 5 });
    const x = batchOf(normalRows(14, 3, 4));
    expect(gated.predict(x)).toEqual(plain.predict(x));
    const sampled = await gated.predictMC(x, { samples: 7, seed: 1, variant: "simd128" });
    expect(Array.from(sampled.variance.data)).toEqual(new Array(6).fill(0));
    expect(Array.from(sampled.mean.data)).toEqual(Array.from(plain.predict(x).data));
    expect((await gated.exact(x)).subnetworks).toBe(1n);
    gated.dispose();
    plain.dispose();
  });
});
