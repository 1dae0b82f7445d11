// predict() against the float64 pass: within 1e-6 Σ|w x| per pre-activation, carried through the layers above.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { at } from "../oracle/at.ts";
import { type Activation, type Description, denseLayer, dropoutLayer } from "../oracle/description.ts";
import { boundedForward } from "../oracle/float32Error.ts";
import { deterministicFactors } from "../oracle/forward.ts";
import { arrange } from "../oracle/network.ts";
import { normalRows, normals } from "../oracle/values.ts";
import { batchOf, withModel } from "./buildModel.ts";
import { everyActivation, randomNetwork } from "./randomNetwork.ts";
import { isFull, propertyRuns } from "./runs.ts";

async function expectForwardAgreement(
  description: Description,
  rows: readonly Float32Array[],
): Promise<void> {
  const network = arrange(description);
  const output = network.nodes.length - 1;
  const width = at(network.nodes, output).width;
  const predicted = await withModel(description, (model) => model.predict(batchOf(rows)));
  expect(predicted.shape).toEqual([rows.length, width]);
  rows.forEach((x, row) => {
    const { activities, tolerances } = boundedForward(network, x, deterministicFactors(network));
    for (let unit = 0; unit < width; unit++) {
      const wanted = at(at(activities, output), unit);
      const error = Math.abs(at(predicted.data, row * width + unit) - wanted);
      if (!(error <= at(at(tolerances, output), unit))) {
        expect.fail(
          `row ${row} unit ${unit}: ${at(predicted.data, row * width + unit)}, wanted ${wanted}, error ${error}`,
        );
      }
    }
  });
}

function oneLayer(inputs: number, units: number, activation: Activation, seed = 1): Description {
  const draw = normals(seed);
  const kernel = Float32Array.from({ length: inputs * units }, draw);
  return {
    inputs,
    nodes: [denseLayer(0, units, kernel, { bias: Float32Array.from({ length: units }, draw), activation })],
    output: 1,
  };
}

describe("predict() agrees with the oracle", () => {
  test("for random graphs of every kind of node", async () => {
    await fc.assert(
      fc.asyncProperty(
        randomNetwork({ activations: everyActivation, nodes: 8, width: 9, gates: 1000 }),
        fc.integer({ min: 1, max: 5 }),
        (description, rows) =>
          expectForwardAgreement(description, normalRows(rows, rows, description.inputs)),
      ),
      propertyRuns(200, 4000),
    );
  });

  test("at every width from 1 to 33", async () => {
    for (let inputs = 1; inputs <= 33; inputs++) {
      for (let units = 1; units <= 33; units++) {
        // Each width in and each width out occurs on every commit, every pair of them in a full run.
        if (!isFull && units !== ((7 * inputs) % 33) + 1) continue;
        const rows = normalRows(inputs, 1 + ((inputs + units) % 9), inputs);
        await expectForwardAgreement(oneLayer(inputs, units, "linear", inputs), rows);
      }
    }
  });

  test.each([
    [784, 256, 3],
    [784, 10, 65],
    [1, 1000, 2],
    [1000, 1, 2],
    [17, 31, 257],
    [1, 1, 1],
  ])("at %d inputs, %d units, %d rows", async (inputs, units, rows) => {
    await expectForwardAgreement(oneLayer(inputs, units, "linear"), normalRows(4, rows, inputs));
  });

  test.each(everyActivation.map((activation) => ({ activation })))(
    "through saturation of $activation",
    async ({ activation }) => {
      const s = [
        0, 1e-20, -1e-20, 1e-3, -1e-3, 0.5, -0.5, 8, -8, 40, -40, 88, -88, 104, -104, 1000, -1000, 1e6, -1e6,
      ];
      const identity = denseLayer(0, 1, [1], { activation });
      if (activation !== "softmax") {
        const description = { inputs: 1, nodes: [identity], output: 1 };
        await expectForwardAgreement(
          description,
          s.map((value) => Float32Array.of(value)),
        );
      }
      const pair = denseLayer(0, 2, [1, 0, 0, 1], { activation });
      const rows = s.flatMap((first) => s.map((second) => Float32Array.of(first, second)));
      await expectForwardAgreement({ inputs: 2, nodes: [pair], output: 1 }, rows);
    },
  );

  // Products stay within the normal range of float32, 1e-38 to 1e38.
  test.each([1e-15, 1e-10, 1e10, 1e18])("for weights and inputs of size %d", async (size) => {
    const draw = normals(3);
    const kernel = Float32Array.from({ length: 12 }, () => draw() * size);
    const description: Description = { inputs: 4, nodes: [denseLayer(0, 3, kernel)], output: 1 };
    const rows = normalRows(6, 3, 4).map((row) => row.map((value) => value * Math.min(size, 1)));
    await expectForwardAgreement(description, rows);
  });

  test("for a deep network of odd widths with gates of either scaling", async () => {
    const draw = normals(12);
    const widths = [19, 33, 7, 65, 3];
    const nodes = widths.slice(1).flatMap((units, depth) => {
      const inputs = at(widths, depth);
      const kernel = Float32Array.from({ length: inputs * units }, () => draw() / Math.sqrt(inputs));
      const bias = Float32Array.from({ length: units }, draw);
      return [
        dropoutLayer(2 * depth, 0.3, depth % 2 ? "standard" : "inverted"),
        denseLayer(2 * depth + 1, units, kernel, { bias, activation: depth === 3 ? "softmax" : "relu" }),
      ];
    });
    await expectForwardAgreement({ inputs: 19, nodes, output: nodes.length }, normalRows(2, 11, 19));
  });
});
