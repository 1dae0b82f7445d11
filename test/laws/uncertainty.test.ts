// What entropies of any ensemble of classifiers must satisfy, and when they are 0.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { batchOf, withModel } from "../agreement/buildModel.ts";
import { everyActivation, randomNetwork } from "../agreement/randomNetwork.ts";
import { propertyRuns } from "../agreement/runs.ts";
import { at } from "../oracle/at.ts";
import { type Description, denseLayer, dropoutLayer } from "../oracle/description.ts";
import { normalRows } from "../oracle/values.ts";

/** Float32 probabilities of a sample sum to 1 only within rounding. */
const ROUNDING = 1e-5;

describe("predictMC() of a softmax layer", () => {
  test("keeps 0 ≤ I = H[E p] - E H[p], H ≤ log K and the share of other votes below 1 - 1/K", async () => {
    const networks = randomNetwork({
      activations: everyActivation,
      outputActivations: ["softmax"],
      gates: 30,
    });
    await fc.assert(
      fc.asyncProperty(networks, async (description) => {
        const result = await withModel(description, (model) =>
          model.predictMC(batchOf(normalRows(131, 4, description.inputs)), { samples: 40, seed: 3 }),
        );
        const classes = at(result.mean.shape, 1);
        for (let row = 0; row < 4; row++) {
          const read = (statistic: { data: ArrayLike<number> } | undefined): number =>
            at(statistic?.data ?? [], row);
          const [whole, expected] = [read(result.predictiveEntropy), read(result.expectedEntropy)];
          const information = read(result.mutualInformation);
          expect(information).toBeGreaterThanOrEqual(-ROUNDING);
          expect(Math.abs(whole - expected - information)).toBeLessThan(1e-12);
          expect(expected).toBeGreaterThanOrEqual(0);
          expect(whole).toBeLessThanOrEqual(Math.log(classes) + ROUNDING);
          expect(read(result.variationRatio)).toBeGreaterThanOrEqual(0);
          expect(read(result.variationRatio)).toBeLessThanOrEqual(1 - 1 / classes);
        }
      }),
      propertyRuns(40, 1000),
    );
  });

  test("has no mutual information and no other votes without gates", async () => {
    const nodes = [dropoutLayer(0, 0), denseLayer(1, 3, [1, 2, 3, -1, 0, 1], { activation: "softmax" })];
    const description: Description = { inputs: 2, nodes, output: 2 };
    const result = await withModel(description, (model) => model.predictMC([[1, 2]], { samples: 30 }));
    expect(Math.abs(at(result.mutualInformation?.data ?? [], 0))).toBeLessThan(1e-12);
    expect(at(result.variationRatio?.data ?? [], 0)).toBe(0);
    expect(at(result.predictiveEntropy?.data ?? [], 0)).toBeGreaterThan(0);
  });

  test("is all mutual information where every subnetwork is certain and they disagree", async () => {
    const nodes = [
      dropoutLayer(0, 0.5),
      denseLayer(1, 2, [200, -200], { bias: [-200, 200], activation: "softmax" }),
    ];
    const description: Description = { inputs: 1, nodes, output: 2 };
    const result = await withModel(description, (model) => model.predictMC([[1]], { samples: 400, seed: 1 }));
    expect(at(result.expectedEntropy?.data ?? [], 0)).toBeLessThan(1e-6);
    expect(at(result.mutualInformation?.data ?? [], 0)).toBeGreaterThan(0.9 * Math.log(2));
    expect(at(result.variationRatio?.data ?? [], 0)).toBeGreaterThan(0.4);
  });
});
