// exact({ moments: "full" }) and exact({ conditional: true }) against the oracle's plain sums.
import fc from "fast-check";
import { BudgetError, dense, dropout, sequential } from "thinned";
import { describe, expect, test } from "vitest";
import { at } from "../oracle/at.ts";
import { exactStatistics } from "../oracle/exact.ts";
import { covariance, entropies, givenGates } from "../oracle/joint.ts";
import { arrange } from "../oracle/network.ts";
import { normalRows } from "../oracle/values.ts";
import { batchOf, withModel } from "./buildModel.ts";
import { everyActivation, randomNetwork } from "./randomNetwork.ts";
import { propertyRuns } from "./runs.ts";

/** What exact() promises, times the square of the scale of the activities. */
const TOLERANCE = 1e-12;

function near(name: string, found: number | undefined, wanted: number, scale: number): void {
  if (found === undefined || !(Math.abs(found - wanted) <= TOLERANCE * scale)) {
    expect.fail(`${name}: ${found}, wanted ${wanted} within ${TOLERANCE * scale}`);
  }
}

describe("exact({ moments: 'full' })", () => {
  test("agrees with the oracle on every layer of random graphs, and changes no other number", async () => {
    await fc.assert(
      fc.asyncProperty(randomNetwork({ activations: everyActivation }), async (description) => {
        const network = arrange(description);
        const rows = normalRows(2, 2, description.inputs);
        await withModel(description, async (model) => {
          for (let layer = 0; layer < model.layers.length; layer++) {
            const result = await model.exact(batchOf(rows), { layer, moments: "full" });
            const plain = await model.exact(batchOf(rows), { layer });
            expect(result.mean).toEqual(plain.mean);
            expect(result.variance).toEqual(plain.variance);
            const units = at(result.mean.shape, 1);
            expect(result.covariance?.shape).toEqual([2, units, units]);
            rows.forEach((x, row) => {
              const of = exactStatistics(network, layer + 1, x);
              const scale = Math.max(
                1,
                ...of.map(({ minimum, maximum }) => Math.max(minimum ** 2, maximum ** 2)),
              );
              covariance(network, layer + 1, x).forEach((wanted, i) => {
                wanted.forEach((value, j) => {
                  near("covariance", result.covariance?.data[(row * units + i) * units + j], value, scale);
                });
                const index = row * units + i;
                expect(result.covariance?.data[index * units + i]).toBe(result.variance.data[index]);
                expect(result.consistency.data[index]).toBe(Math.sqrt(at(result.variance.data, index)));
              });
              if (result.mutualInformation === undefined) return;
              const { predictive, expected } = entropies(network, layer + 1, x);
              near("predictive entropy", result.predictiveEntropy?.data[row], predictive, 10);
              near("expected entropy", result.expectedEntropy?.data[row], expected, 10);
              near("mutual information", result.mutualInformation.data[row], predictive - expected, 10);
            });
          }
        });
      }),
      propertyRuns(40, 1000),
    );
  });

  test("has covariances of a linear network at any number of gates", async () => {
    const layers = [dropout(0.5), dense(30), dropout(0.5), dense(2)];
    const model = sequential(layers, { inputShape: [100], seed: 1 });
    const x = batchOf(normalRows(1, 1, 100));
    const { covariance, variance, predictiveEntropy } = await model.exact(x, { moments: "full" });
    expect(covariance?.shape).toEqual([1, 2, 2]);
    expect(covariance?.data[1]).toBe(covariance?.data[2]);
    expect(at(covariance?.data ?? [], 0)).toBe(at(variance.data, 0));
    expect(predictiveEntropy).toBeUndefined();
    model.dispose();
  });

  test("is refused beyond the budget, with what it would take, and for a single unit", async () => {
    const layers = [dropout(0.5), dense(2, { activation: "sigmoid" })];
    const model = sequential(layers, { inputShape: [200], seed: 1 });
    const x = batchOf(normalRows(1, 1, 200));
    await expect(model.exact(x)).resolves.toBeDefined();
    await expect(model.exact(x, { moments: "full" })).rejects.toThrow(BudgetError);
    await expect(model.exact(x, { moments: "full" })).rejects.toThrow(/200 gates/);
    await expect(model.exact(x, { moments: "full", unit: 0 })).rejects.toThrow(
      /all units of a layer, unit is 0/,
    );
    await expect(model.exact(x, { moments: "some" as "full" })).rejects.toThrow(RangeError);
    model.dispose();
  });
});

describe("exact({ conditional: true })", () => {
  test("gives the mean over the subnetworks that keep a gate, for each gate", async () => {
    let checked = 0;
    await fc.assert(
      fc.asyncProperty(randomNetwork({ activations: ["linear", "sigmoid", "tanh"] }), async (description) => {
        const network = arrange(description);
        const rows = normalRows(4, 2, description.inputs);
        await withModel(description, async (model) => {
          for (let layer = 0; layer < model.layers.length; layer++) {
            const result = await model
              .exact(batchOf(rows), { layer, unit: 0, conditional: true })
              .catch((error: unknown) => {
                expect(error).toBeInstanceOf(RangeError);
                expect(String(error)).toContain("means given a gate");
              });
            if (!result) continue;
            rows.forEach((x, row) => {
              const { minimum, maximum } = at(exactStatistics(network, layer + 1, x), 0);
              const wanted = givenGates(network, layer + 1, 0, x);
              expect(result.conditionalMean?.shape).toEqual([2, 1, wanted.length]);
              wanted.forEach((value, gate) => {
                const found = result.conditionalMean?.data[row * wanted.length + gate];
                near("E[O | gate]", found, value, Math.max(1, -minimum, maximum));
                checked++;
              });
            });
          }
        });
      }),
      propertyRuns(60, 1000),
    );
    expect(checked).toBeGreaterThan(100);
  });

  test("is there where no gate is, and holds nothing", async () => {
    const still = sequential([dropout(0), dense(2, { activation: "sigmoid" })], { inputShape: [3], seed: 1 });
    const { conditionalMean } = await still.exact([[1, 2, 3]], { conditional: true });
    expect(conditionalMean).toEqual({ data: new Float64Array(0), shape: [1, 2, 0] });
    still.dispose();
  });

  test("has all gates of a wide unit: their mean over keep and drop is E", async () => {
    const model = sequential([dropout(0.25), dense(3, { activation: "sigmoid" })], {
      inputShape: [300],
      seed: 2,
    });
    const x = batchOf(normalRows(1, 1, 300));
    const { conditionalMean, mean } = await model.exact(x, { conditional: true });
    expect(conditionalMean?.shape).toEqual([1, 3, 300]);
    // A gate moves the mean up where its weighted input is positive.
    const kernel = at(model.getWeights(), 0);
    for (let unit = 0; unit < 3; unit++) {
      for (let gate = 0; gate < 300; gate++) {
        const pull = at(kernel.data, gate * 3 + unit) * at(x.data, gate);
        const moved = at(conditionalMean?.data ?? [], unit * 300 + gate) - at(mean.data, unit);
        if (Math.abs(pull) > 1e-6) expect(Math.sign(moved)).toBe(Math.sign(pull));
      }
    }
    model.dispose();
  });
});
