// THEORY §2.1, §2.3, §2.7: what is exact for linear units.
import fc from "fast-check";
import { dense, dropout, sequential } from "thinned";
import { describe, expect, test } from "vitest";
import { batchOf, withModel } from "../agreement/buildModel.ts";
import { randomNetwork } from "../agreement/randomNetwork.ts";
import { propertyRuns } from "../agreement/runs.ts";
import { at } from "../oracle/at.ts";
import { denseLayer, dropoutLayer, type Scaling } from "../oracle/description.ts";
import { normalRows } from "../oracle/values.ts";

const scalings: Scaling[] = ["inverted", "standard"];

describe("a linear network", () => {
  test("has its weight-scaled pass for ensemble mean, in any graph, gated by unit or connection (eq. 4)", async () => {
    await fc.assert(
      fc.asyncProperty(randomNetwork({ activations: ["linear"] }), async (description) => {
        const rows = batchOf(normalRows(11, 2, description.inputs));
        await withModel(description, async (model) => {
          const { mean, deterministic } = await model.exact(rows);
          const predicted = model.predict(rows);
          const scale = Math.max(1, ...Array.from(mean.data, Math.abs));
          mean.data.forEach((value, index) => {
            expect(Math.abs(value - at(deterministic.data, index))).toBeLessThanOrEqual(1e-12 * scale * 10);
            expect(Math.abs(value - at(predicted.data, index))).toBeLessThanOrEqual(1e-4 * scale);
          });
        });
      }),
      propertyRuns(60, 2000),
    );
  });

  test("of two inputs has mean (1 - rate)(w1 x + w2 y) with standard scaling and w1 x + w2 y with inverted", async () => {
    const finite = fc.float({ min: -4, max: 4, noNaN: true });
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(finite, finite, finite, finite),
        fc.double({ min: 0, max: 0.99, noNaN: true }),
        fc.constantFrom(...scalings),
        async ([w1, w2, x, y], rate, scaling) => {
          const nodes = [dropoutLayer(0, rate, scaling), denseLayer(1, 1, [w1, w2])];
          const { mean } = await withModel({ inputs: 2, nodes, output: 2 }, (model) => model.exact([[x, y]]));
          const keep = scaling === "standard" ? 1 - rate : 1;
          expect(Math.abs(at(mean.data, 0) - keep * (w1 * x + w2 * y))).toBeLessThan(1e-11);
        },
      ),
      propertyRuns(50, 1000),
    );
  });

  test("over one gated layer has variance Σ w² x² p(1 - p), or (1 - p)/p when inverted (eq. 31)", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.double({ min: 0, max: 0.9, noNaN: true }), { minLength: 1, maxLength: 8 }),
        fc.nat(1000),
        fc.constantFrom(...scalings),
        async (rates, values, scaling) => {
          const [kernel, x] = normalRows(values, 2, rates.length) as [Float32Array, Float32Array];
          const nodes = [dropoutLayer(0, rates, scaling), denseLayer(1, 1, kernel, { bias: [0.5] })];
          const { variance } = await withModel({ inputs: rates.length, nodes, output: 2 }, (model) =>
            model.exact(batchOf([x])),
          );
          const wanted = rates.reduce((sum, rate, i) => {
            const spread = scaling === "standard" ? (1 - rate) * rate : rate / (1 - rate);
            return sum + (at(kernel, i) * at(x, i)) ** 2 * spread;
          }, 0);
          expect(Math.abs(at(variance.data, 0) - wanted)).toBeLessThanOrEqual(1e-12 * Math.max(1, wanted));
        },
      ),
      propertyRuns(50, 1000),
    );
  });
});

describe("the probabilities of all subnetworks", () => {
  test("sum to 1: a unit that does not listen to its inputs has its own activity for mean, and no variance", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.constant(0), fc.double({ min: 1e-9, max: 0.999, noNaN: true })), {
          minLength: 1,
          maxLength: 12,
        }),
        async (rates) => {
          const nodes = [
            dropoutLayer(0, rates),
            denseLayer(1, 1, new Float32Array(rates.length), { bias: [1] }),
          ];
          const result = await withModel({ inputs: rates.length, nodes, output: 2 }, (model) =>
            model.exact([rates.map(() => 1)]),
          );
          expect(Math.abs(at(result.mean.data, 0) - 1)).toBeLessThan(1e-14);
          expect(Math.abs(at(result.variance.data, 0))).toBeLessThan(1e-14);
          const gates = rates.filter((rate) => rate > 0).length;
          expect(result.subnetworks).toBe(2n ** BigInt(gates));
        },
      ),
      propertyRuns(50, 500),
    );
  });
});

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
    const exactOf = (scaling: Scaling, scale: number) =>
      withModel(described(scaling, scale), (model) => model.exact(batchOf(rows)));
    const inverted = await exactOf("inverted", 1);
    const standard = await exactOf("standard", 4);
    for (const name of ["mean", "variance", "deterministic", "nwgm"] as const) {
      inverted[name]?.data.forEach((value, index) => {
        expect(Math.abs(value - at(standard[name]?.data ?? [], index)), name).toBeLessThan(1e-14);
      });
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
