// THEORY §2.4: Σ P(N) = 1.
import fc from "fast-check";
import type { ExactMethod } from "thinned";
import { describe, expect, test } from "vitest";
import { withModel } from "../agreement/buildModel.ts";
import { exactMethods, methodsFor } from "../agreement/exactMethods.ts";
import { propertyRuns } from "../agreement/runs.ts";
import { activate } from "../oracle/activation.ts";
import { at } from "../oracle/at.ts";
import { type Activation, denseLayer, dropoutLayer } from "../oracle/description.ts";

describe("the probabilities of all subnetworks", () => {
  test("sum to 1: a unit that does not listen to its inputs has its own activity for mean, and no variance", async () => {
    const met = new Set<ExactMethod>();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.constant(0), fc.double({ min: 1e-9, max: 0.999, noNaN: true })), {
          minLength: 1,
          maxLength: 12,
        }),
        fc.constantFrom<Activation>("linear", "relu", "elu", "sigmoid", "tanh", "softplus"),
        async (rates, activation) => {
          const nodes = [
            dropoutLayer(0, rates),
            denseLayer(1, 1, new Float32Array(rates.length), { bias: [1], activation }),
          ];
          const own = at(activate(activation, Float64Array.of(1)), 0);
          const gates = rates.filter((rate) => rate > 0).length;
          await withModel({ inputs: rates.length, nodes, output: 2 }, async (model) => {
            for (const method of methodsFor(model)) {
              met.add(method);
              const result = await model.exact([rates.map(() => 1)], { method });
              expect(Math.abs(at(result.mean.data, 0) - own), method).toBeLessThan(1e-14);
              expect(Math.abs(at(result.variance.data, 0)), method).toBeLessThan(1e-14);
              expect(result.subnetworks).toBe(2n ** BigInt(gates));
            }
          });
        },
      ),
      propertyRuns(60, 500),
    );
    // Conditioning takes gates in two layers.
    expect(new Set([...met, "conditioned"])).toEqual(new Set(exactMethods));
  });
});
