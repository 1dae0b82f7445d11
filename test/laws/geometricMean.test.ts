// THEORY §2.2 and §2.8: the normalised weighted geometric mean is the activation of the mean pre-activation.
import fc from "fast-check";
import type { ExactMethod } from "thinned";
import { describe, expect, test } from "vitest";
import { batchOf, withModel } from "../agreement/buildModel.ts";
import { methodsFor } from "../agreement/exactMethods.ts";
import { everyActivation, randomNetwork } from "../agreement/randomNetwork.ts";
import { propertyRuns } from "../agreement/runs.ts";
import { activate } from "../oracle/activation.ts";
import { at } from "../oracle/at.ts";
import { type Activation, type Description, denseLayer, dropoutLayer } from "../oracle/description.ts";
import { normalRows } from "../oracle/values.ts";

const logistic: Activation[] = [
  "sigmoid",
  { type: "sigmoid", c: 3, lambda: 0.5 },
  { type: "sigmoid", c: 0.2, lambda: 2 },
];

// The same network with a linear output layer, whose exact mean is E[S].
function preActivationTwin(description: Description): Description {
  const nodes = description.nodes.map((node, index) =>
    index === description.nodes.length - 1 && node.kind === "dense"
      ? { ...node, activation: "linear" as const }
      : node,
  );
  return { ...description, nodes };
}

function outputActivation(description: Description): Activation {
  const node = at(description.nodes, description.nodes.length - 1);
  return node.kind === "dense" ? node.activation : "linear";
}

describe("NWGM", () => {
  test.each([
    [
      "a logistic unit is σ(E[S])",
      logistic,
      ["characteristic", "conditioned", "nested", "reference", "split"],
    ],
    ["a softmax group is softmax(E[S])", ["softmax"] as Activation[], ["nested", "reference"]],
  ])("of %s, whatever lies below (eq. 5-7)", async (_, outputActivations, methods) => {
    const met = new Set<ExactMethod>();
    await fc.assert(
      fc.asyncProperty(
        randomNetwork({ activations: everyActivation, outputActivations }),
        async (description) => {
          const rows = normalRows(21, 2, description.inputs);
          const { mean } = await withModel(preActivationTwin(description), (model) =>
            model.exact(batchOf(rows)),
          );
          const width = at(mean.shape, 1);
          await withModel(description, async (model) => {
            for (const method of methodsFor(model)) {
              met.add(method);
              const { nwgm } = await model.exact(batchOf(rows), { method });
              rows.forEach((_row, row) => {
                const s = Float64Array.from(mean.data.slice(row * width, (row + 1) * width));
                activate(outputActivation(description), s).forEach((wanted, unit) => {
                  const found = at(nwgm?.data ?? [], row * width + unit);
                  expect(Math.abs(found - wanted), method).toBeLessThan(1e-11);
                });
              });
            }
          });
        },
      ),
      propertyRuns(40, 1500),
    );
    expect([...met].sort()).toEqual(methods);
  });

  test("stays σ(E[S]) where every activity rounds to 0 or 1", async () => {
    // Gates open with probability 1/2 each: E[S] = -0.25 from S of ±800 and more.
    const nodes = [
      dropoutLayer(0, 0.5, "standard"),
      denseLayer(1, 1, [1600, -1600.5], { activation: "sigmoid" }),
    ];
    await withModel({ inputs: 2, nodes, output: 2 }, async (model) => {
      expect(methodsFor(model)).toEqual(["reference", "nested", "split", "characteristic"]);
      for (const method of methodsFor(model)) {
        const { nwgm } = await model.exact([[1, 1]], { method });
        expect(at(nwgm?.data ?? [], 0), method).toBeCloseTo(1 / (1 + Math.exp(0.25)), 11);
      }
    });
  });

  test("of a network whose gates reach only a linear pre-activation is the deterministic activity", async () => {
    const nodes = [
      dropoutLayer(0, 0.3),
      denseLayer(1, 3, normalRows(22, 1, 12)[0] ?? [], { activation: "sigmoid" }),
    ];
    await withModel({ inputs: 4, nodes, output: 2 }, async (model) => {
      for (const method of methodsFor(model)) {
        const { deterministic, nwgm } = await model.exact(batchOf(normalRows(23, 3, 4)), { method });
        deterministic.data.forEach((value, index) => {
          expect(Math.abs(at(nwgm?.data ?? [], index) - value), method).toBeLessThan(1e-12);
        });
      }
    });
  });
});

describe("the worked example of BS14 §8", () => {
  const unitOfTwo = (whenDropped: number, whenKept: number): Description => ({
    inputs: 1,
    nodes: [
      dropoutLayer(0, 0.5, "standard"),
      denseLayer(1, 1, [whenKept - whenDropped], { bias: [whenDropped], activation: "sigmoid" }),
    ],
    output: 2,
  });

  const methods = ["reference", "nested", "split", "characteristic"] as const;

  test.each(methods)(
    "σ(1/2) and σ(1) give E 0.676759, G 0.674577, G' 0.318648, NWGM 0.679179 by %s",
    async (method) => {
      const result = await withModel(unitOfTwo(0.5, 1), (model) => model.exact([[1]], { method }));
      expect(at(result.mean.data, 0)).toBeCloseTo(0.676759, 6);
      expect(at(result.geometricMean?.data ?? [], 0)).toBeCloseTo(0.674577, 6);
      expect(at(result.complementGeometricMean?.data ?? [], 0)).toBeCloseTo(0.318648, 6);
      expect(at(result.nwgm?.data ?? [], 0)).toBeCloseTo(0.679179, 6);
    },
  );

  test.each(methods)("1/4 and 3/4 give E = NWGM = 1/2 by %s", async (method) => {
    const unit = unitOfTwo(-Math.log(3), Math.log(3));
    const result = await withModel(unit, (model) => model.exact([[1]], { method }));
    // ln 3 is a float32 number in the weights.
    expect(at(result.mean.data, 0)).toBeCloseTo(0.5, 7);
    expect(at(result.nwgm?.data ?? [], 0)).toBeCloseTo(0.5, 7);
  });
});
