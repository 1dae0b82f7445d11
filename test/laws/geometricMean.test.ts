// THEORY §2.2 and §2.8: the normalised weighted geometric mean is the activation of the mean pre-activation.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { batchOf, withModel } from "../agreement/buildModel.ts";
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
    ["a logistic unit is σ(E[S])", logistic],
    ["a softmax group is softmax(E[S])", ["softmax"] as Activation[]],
  ])("of %s, whatever lies below (eq. 5-7)", async (_, outputActivations) => {
    await fc.assert(
      fc.asyncProperty(
        randomNetwork({ activations: everyActivation, outputActivations }),
        async (description) => {
          const rows = normalRows(21, 2, description.inputs);
          const { nwgm } = await withModel(description, (model) => model.exact(batchOf(rows)));
          const { mean } = await withModel(preActivationTwin(description), (model) =>
            model.exact(batchOf(rows)),
          );
          const width = at(mean.shape, 1);
          rows.forEach((_row, row) => {
            const s = Float64Array.from(mean.data.slice(row * width, (row + 1) * width));
            activate(outputActivation(description), s).forEach((wanted, unit) => {
              expect(Math.abs(at(nwgm?.data ?? [], row * width + unit) - wanted)).toBeLessThan(1e-11);
            });
          });
        },
      ),
      propertyRuns(40, 1500),
    );
  });

  test("stays σ(E[S]) where every activity rounds to 0 or 1", async () => {
    // Gates open with probability 1/2 each: E[S] = -0.25 from S of ±800 and more.
    const nodes = [
      dropoutLayer(0, 0.5, "standard"),
      denseLayer(1, 1, [1600, -1600.5], { activation: "sigmoid" }),
    ];
    const { nwgm } = await withModel({ inputs: 2, nodes, output: 2 }, (model) => model.exact([[1, 1]]));
    expect(at(nwgm?.data ?? [], 0)).toBeCloseTo(1 / (1 + Math.exp(0.25)), 11);
  });

  test("of a network whose gates reach only a linear pre-activation is the deterministic activity", async () => {
    const nodes = [
      dropoutLayer(0, 0.3),
      denseLayer(1, 3, normalRows(22, 1, 12)[0] ?? [], { activation: "sigmoid" }),
    ];
    const result = await withModel({ inputs: 4, nodes, output: 2 }, (model) =>
      model.exact(batchOf(normalRows(23, 3, 4))),
    );
    result.deterministic.data.forEach((value, index) => {
      expect(Math.abs(at(result.nwgm?.data ?? [], index) - value)).toBeLessThan(1e-12);
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

  test("σ(1/2) and σ(1) give E 0.676759, G 0.674577, G' 0.318648, NWGM 0.679179", async () => {
    const result = await withModel(unitOfTwo(0.5, 1), (model) => model.exact([[1]]));
    expect(at(result.mean.data, 0)).toBeCloseTo(0.676759, 6);
    expect(at(result.geometricMean?.data ?? [], 0)).toBeCloseTo(0.674577, 6);
    expect(at(result.complementGeometricMean?.data ?? [], 0)).toBeCloseTo(0.318648, 6);
    expect(at(result.nwgm?.data ?? [], 0)).toBeCloseTo(0.679179, 6);
  });

  test("1/4 and 3/4 give E = NWGM = 1/2", async () => {
    const result = await withModel(unitOfTwo(-Math.log(3), Math.log(3)), (model) => model.exact([[1]]));
    // ln 3 is a float32 number in the weights.
    expect(at(result.mean.data, 0)).toBeCloseTo(0.5, 7);
    expect(at(result.nwgm?.data ?? [], 0)).toBeCloseTo(0.5, 7);
  });
});
