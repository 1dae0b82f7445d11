// Every method of exact() against the oracle's enumeration, on whatever the method applies to.
import fc from "fast-check";
import type { ExactMethod } from "thinned";
import { describe, expect, test } from "vitest";
import { at } from "../oracle/at.ts";
import type { Activation, Description } from "../oracle/description.ts";
import { arrange } from "../oracle/network.ts";
import { normalRows } from "../oracle/values.ts";
import { batchOf, withModel } from "./buildModel.ts";
import { exactMethods, methodsFor } from "./exactMethods.ts";
import { expectExactAgreement } from "./expectExact.ts";
import { randomLastGates } from "./randomLastGates.ts";
import { everyActivation, randomNetwork } from "./randomNetwork.ts";
import { propertyRuns, runs } from "./runs.ts";
import { wantedLayers } from "./wantedLayers.ts";

type Counts = Record<ExactMethod, number>;

/** Compares every layer, and one unit of it, by every method that applies, and counts those of units that are not fixed. */
async function expectEveryMethodAgrees(
  description: Description,
  rows: readonly Float32Array[],
  pick: number,
  met: Counts,
): Promise<void> {
  const wanted = wantedLayers(arrange(description), rows);
  await withModel(description, async (model) => {
    for (const [layer, of] of wanted.entries()) {
      const one = pick % at(of.shape, 0);
      for (const unit of [undefined, one]) {
        for (const method of methodsFor(model, { layer, unit })) {
          const result = await model.exact(batchOf(rows), { layer, unit, method });
          expect(result.method).toBe(method);
          expectExactAgreement(of, result, unit);
          if (at(at(of.statistics, 0), one).variance > 0) met[method]++;
        }
      }
    }
  });
}

/** Runs the property over random networks, and makes sure that each method was met at least so often. */
async function expectAgreementOver(
  networks: fc.Arbitrary<Description>,
  rows: number,
  parameters: fc.Parameters<unknown>,
  least: Partial<Counts>,
): Promise<void> {
  const met = Object.fromEntries(exactMethods.map((method) => [method, 0])) as Counts;
  await fc.assert(
    fc.asyncProperty(networks, fc.nat(100), (description, pick) =>
      expectEveryMethodAgrees(description, normalRows(8, rows, description.inputs), pick, met),
    ),
    parameters,
  );
  for (const [method, count] of Object.entries(least))
    expect(met[method as ExactMethod], method).toBeGreaterThanOrEqual(count);
}

describe("every method of exact() agrees with the oracle", () => {
  test("on every layer of random graphs", async () => {
    await expectAgreementOver(randomNetwork({ activations: everyActivation }), 2, propertyRuns(120, 3000), {
      ...{ reference: 200, nested: 200, split: 12, halves: 16 },
      ...{ characteristic: 24, closedForm: 30, conditioned: 16 },
    });
  });

  const logistic: readonly Activation[] = [
    "sigmoid",
    { type: "sigmoid", c: 2.5, lambda: 0.5 },
    { type: "sigmoid", c: 0.25, lambda: 2 },
  ];

  test("over many gates of one layer", async () => {
    const networks = randomLastGates({
      activations: [...logistic, "relu", "leakyRelu", "tanh", "softplus", "linear"],
      hidden: ["linear"],
      outer: [0],
      gates: { min: 10, max: runs(12, 14) },
    });
    await expectAgreementOver(networks, 1, propertyRuns(24, 400), {
      ...{ reference: 40, nested: 40, split: 12, halves: 6, characteristic: 20, closedForm: 6 },
    });
  });

  test("over many gates behind others", async () => {
    const networks = randomLastGates({
      activations: [...logistic, "tanh", "softplus", "linear"],
      hidden: everyActivation,
      outer: [1, 2, 3],
      gates: { min: 8, max: 11 },
    });
    await expectAgreementOver(networks, 1, propertyRuns(30, 400), {
      ...{ reference: 100, nested: 100, split: 16, halves: 14, characteristic: 30, conditioned: 40 },
    });
  });
});
