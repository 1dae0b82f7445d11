// exact() against the oracle's enumeration, and both against 200-digit arithmetic.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { at } from "../oracle/at.ts";
import { type Description, denseLayer, dropoutLayer } from "../oracle/description.ts";
import { arrange } from "../oracle/network.ts";
import { normalRows } from "../oracle/values.ts";
import { ensembleVectors } from "../vectors/vectors.ts";
import { batchOf, withModel } from "./buildModel.ts";
import { expectExactAgreement, expectNear, TOLERANCE } from "./expectExact.ts";
import { everyActivation, randomNetwork } from "./randomNetwork.ts";
import { propertyRuns } from "./runs.ts";
import { wantedLayer, wantedLayers } from "./wantedLayers.ts";

async function expectEveryLayerAgrees(
  description: Description,
  rows: readonly Float32Array[],
): Promise<void> {
  const network = arrange(description);
  await withModel(description, async (model) => {
    expect(model.layers.length).toBe(network.nodes.length - 1);
    for (const [layer, wanted] of wantedLayers(network, rows).entries()) {
      expectExactAgreement(wanted, await model.exact(batchOf(rows), { layer }));
    }
  });
}

describe("exact() agrees with the oracle", () => {
  test("for every layer of random graphs of every kind of node", async () => {
    await fc.assert(
      fc.asyncProperty(
        randomNetwork({ activations: everyActivation }),
        fc.integer({ min: 1, max: 3 }),
        (description, rows) =>
          expectEveryLayerAgrees(description, normalRows(rows, rows, description.inputs)),
      ),
      propertyRuns(150, 4000),
    );
  });

  test("for the second of two dropout layers in a row, observed before its own gates and after the first's", async () => {
    const nodes = [dropoutLayer(0, 0.5), dropoutLayer(1, 0.25), denseLayer(2, 1, [1, 2])];
    await expectEveryLayerAgrees({ inputs: 2, nodes, output: 3 }, normalRows(3, 2, 2));
  });

  test("for one unit, with the number of its own subnetworks", async () => {
    await fc.assert(
      fc.asyncProperty(
        randomNetwork({ activations: everyActivation }),
        fc.nat(100),
        fc.nat(100),
        async (description, pickLayer, pickUnit) => {
          const network = arrange(description);
          const layer = pickLayer % (network.nodes.length - 1);
          const unit = pickUnit % at(network.nodes, layer + 1).width;
          const rows = normalRows(5, 2, description.inputs);
          const result = await withModel(description, (model) => model.exact(batchOf(rows), { layer, unit }));
          const wanted = wantedLayer(network, layer, rows);
          expectExactAgreement(wanted, result, unit);
          const { gates } = at(at(wanted.statistics, 0), unit);
          expect(result.subnetworks).toBe(2n ** BigInt(gates));
        },
      ),
      propertyRuns(100, 2000),
    );
  });

  test.each([
    { units: 12, scale: 1 },
    { units: 3, scale: 300 },
  ])("for $units saturating units over weights of size $scale", async ({ units, scale }) => {
    await fc.assert(
      fc.asyncProperty(
        randomNetwork({
          activations: ["sigmoid", "softmax", { type: "sigmoid", c: 0.1, lambda: 3 }],
          width: Math.min(units, 4),
        }),
        async (description) => {
          const nodes = description.nodes.map((node) =>
            node.kind === "dense" ? { ...node, kernel: node.kernel.map((weight) => weight * scale) } : node,
          );
          await expectEveryLayerAgrees({ ...description, nodes }, normalRows(7, 1, description.inputs));
        },
      ),
      propertyRuns(40, 1000),
    );
  });
});

describe("exact() agrees with 200-digit arithmetic", () => {
  test.each(ensembleVectors)("$name", async ({ description, rows, statistics }) => {
    const result = await withModel(description, (model) =>
      model.exact(batchOf(rows), { method: "reference" }),
    );
    expect(result.method).toBe("reference");
    expect(result.errorBound).toBeLessThan(TOLERANCE * 1000);
    statistics.flat().forEach((wanted, index) => {
      const scale = Math.max(1, Math.abs(wanted.minimum), Math.abs(wanted.maximum));
      // The bound promised beforehand holds against the truth, but for the rounding of the reference to float64.
      const promised = result.errorBound + Number.EPSILON * scale;
      expectNear("mean", at(result.mean.data, index), wanted.mean, Math.min(promised, TOLERANCE * scale));
      expectNear(
        "variance",
        at(result.variance.data, index),
        wanted.variance,
        promised + Number.EPSILON * scale ** 2,
      );
      expectNear("variance", at(result.variance.data, index), wanted.variance, TOLERANCE * scale ** 2);
      expectNear(
        "deterministic",
        at(result.deterministic.data, index),
        wanted.deterministic,
        TOLERANCE * scale,
      );
      if (wanted.logGeometricMean !== undefined) {
        expectNear(
          "G",
          at(result.geometricMean?.data ?? [], index),
          Math.exp(wanted.logGeometricMean),
          TOLERANCE,
        );
      }
    });
  });
});
