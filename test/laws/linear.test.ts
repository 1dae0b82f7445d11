// THEORY §2.1, §2.3, §2.7: what is exact for linear units.
import fc from "fast-check";
import type { ExactMethod } from "thinned";
import { describe, expect, test } from "vitest";
import { batchOf, withModel } from "../agreement/buildModel.ts";
import { methodsFor } from "../agreement/exactMethods.ts";
import { randomNetwork } from "../agreement/randomNetwork.ts";
import { propertyRuns } from "../agreement/runs.ts";
import { at } from "../oracle/at.ts";
import { denseLayer, dropoutLayer, type Scaling } from "../oracle/description.ts";
import { normalRows } from "../oracle/values.ts";

const scalings: Scaling[] = ["inverted", "standard"];
const methodsOfLinear: readonly ExactMethod[] = ["closedForm", "conditioned", "nested", "reference"];

describe("a linear network", () => {
  test("has its weight-scaled pass for ensemble mean, in any graph, gated by unit or connection (eq. 4)", async () => {
    const met = new Set<ExactMethod>();
    await fc.assert(
      fc.asyncProperty(randomNetwork({ activations: ["linear"] }), async (description) => {
        const rows = batchOf(normalRows(11, 2, description.inputs));
        await withModel(description, async (model) => {
          const predicted = model.predict(rows);
          for (const method of methodsFor(model)) {
            met.add(method);
            const { mean, deterministic } = await model.exact(rows, { method });
            const scale = Math.max(1, ...Array.from(mean.data, Math.abs));
            mean.data.forEach((value, index) => {
              expect(Math.abs(value - at(deterministic.data, index))).toBeLessThanOrEqual(1e-11 * scale);
              expect(Math.abs(value - at(predicted.data, index))).toBeLessThanOrEqual(1e-4 * scale);
            });
          }
        });
      }),
      propertyRuns(60, 2000),
    );
    expect([...met].sort()).toEqual(methodsOfLinear);
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
          const wanted = rates.reduce((sum, rate, i) => {
            const spread = scaling === "standard" ? (1 - rate) * rate : rate / (1 - rate);
            return sum + (at(kernel, i) * at(x, i)) ** 2 * spread;
          }, 0);
          await withModel({ inputs: rates.length, nodes, output: 2 }, async (model) => {
            expect(methodsFor(model)).toEqual(["reference", "nested", "closedForm"]);
            for (const method of methodsFor(model)) {
              const { variance } = await model.exact(batchOf([x]), { method });
              const off = Math.abs(at(variance.data, 0) - wanted);
              expect(off, method).toBeLessThanOrEqual(1e-12 * Math.max(1, wanted));
            }
          });
        },
      ),
      propertyRuns(50, 1000),
    );
  });
});
