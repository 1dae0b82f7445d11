// Layers that are asked for together come from one walk where one passes the others, with the bits of each by itself.
import fc from "fast-check";
import {
  add,
  conv2d,
  dense,
  dropout,
  type ExactResult,
  flatten,
  graph,
  input,
  type Model,
  maxPool2d,
  sequential,
  spatialDropout2d,
} from "thinned";
import { describe, expect, test } from "vitest";
import { batchOf, withModel } from "../agreement/buildModel.ts";
import { everyActivation, randomNetwork } from "../agreement/randomNetwork.ts";
import { propertyRuns } from "../agreement/runs.ts";
import { normalRows } from "../oracle/values.ts";

type Method = "nested" | "reference" | undefined;
type Rows = Parameters<Model["exact"]>[0];

async function expectSameAsAlone(
  model: Model,
  x: Rows,
  layer: "all" | number[],
  method: Method,
): Promise<void> {
  const together = await model.exact(x, { layer, method });
  const names =
    layer === "all" ? Object.keys(together) : layer.map((index) => model.layers[index]?.name ?? "");
  for (const name of names) {
    expect(together[name], `${name} by ${method}`).toEqual(await model.exact(x, { layer: name, method }));
  }
}

const rowsOf = (rows: number, inputs: number) => normalRows(3, rows, inputs).map((row) => [...row]);

describe("exact() of several layers gives each what it has alone", () => {
  const description = randomNetwork({ activations: everyActivation, gates: 9 });

  test.each<Method>(["nested", "reference", undefined])("in random graphs, by %s", async (method) => {
    const property = fc.asyncProperty(description, (network) =>
      withModel(network, async (model) => {
        const every = [...model.layers.keys()];
        await expectSameAsAlone(model, batchOf(normalRows(5, 2, network.inputs)), every, method);
      }),
    );
    await fc.assert(property, propertyRuns(25, 1000));
  });

  test("in a network for images", async () => {
    const model = sequential(
      [
        spatialDropout2d(0.3),
        conv2d(2, { kernelSize: 2, activation: "sigmoid" }),
        maxPool2d({ poolSize: 2 }),
        flatten(),
        dropout(0.5),
        dense(2, { activation: "softmax" }),
      ],
      { inputShape: [5, 5, 2], seed: 2 },
    );
    const x = { data: Float32Array.from({ length: 50 }, (_, i) => Math.sin(i)), shape: [1, 5, 5, 2] };
    for (const method of ["nested", "reference"] as const)
      await expectSameAsAlone(model, x, [0, 1, 2, 4, 5], method);
  });

  test("where several layers read the same gates, and one of them another", async () => {
    const x = input([6]);
    const gated = dropout(0.4).apply(x);
    const hidden = dense(5, { activation: "sigmoid", name: "hidden" }).apply(gated);
    const beside = dense(5, { activation: "softmax", name: "beside" }).apply(hidden);
    const sum = add().apply([hidden, beside]);
    const both = dense(3, { activation: "tanh", name: "both" }).apply(dropout(0.2).apply(sum));
    const model = graph({ inputs: x, outputs: both, seed: 3 });
    for (const method of ["nested", "reference"] as const)
      await expectSameAsAlone(model, rowsOf(3, 6), "all", method);
  });

  test("within the bounds of both where the walk is cut into shares", async () => {
    const model = sequential(
      [dropout(0.5), dense(6, { activation: "sigmoid" }), dropout(0.5), dense(4, { activation: "sigmoid" })],
      { inputShape: [16], seed: 1 },
    );
    const x = rowsOf(1, 16);
    const together = await model.exact(x, { layer: "all", method: "nested" });
    for (const [name, found] of Object.entries(together) as [string, ExactResult][]) {
      const { [name]: alone } = await model.exact(x, { layer: [name], method: "nested" });
      for (const statistic of ["mean", "variance", "geometricMean", "nwgm"] as const) {
        for (const [unit, value] of (found[statistic]?.data ?? []).entries()) {
          const difference = Math.abs(value - (alone?.[statistic]?.data[unit] ?? Number.NaN));
          expect(difference, `${name} ${statistic}`).toBeLessThanOrEqual(
            found.errorBound + (alone?.errorBound ?? 0),
          );
        }
      }
    }
  });
});

describe("the work of several layers", () => {
  const model = sequential(
    [
      dropout(0.5),
      dense(3, { activation: "tanh", name: "first" }),
      dropout(0.5),
      dense(3, { activation: "tanh", name: "second" }),
    ],
    { inputShape: [7], seed: 1 },
  );
  const options = { layer: ["second", "first"], method: "nested" } as const;

  test("is one walk: it counts, and costs of the budget, what the last layer does", async () => {
    const totals = new Set<number>();
    const onProgress = ({ total }: { total: number }) => {
      totals.add(total);
    };
    const { first, second } = await model.exact(rowsOf(2, 7), {
      ...options,
      budget: 2 * 2 ** 10,
      onProgress,
    });
    expect([...totals]).toEqual([2 * 2 ** 10]);
    expect([first?.evaluations, second?.evaluations]).toEqual([2 * 2 ** 7, 2 * 2 ** 10]);
    await expect(model.exact(rowsOf(2, 7), { ...options, budget: 2 * 2 ** 10 - 1 })).rejects.toThrow(
      "budget",
    );
  });

  test("is one walk in crossCheck() too", async () => {
    const x = rowsOf(2, 7);
    const together = await model.crossCheck(x, { layer: "all", samples: 200 });
    for (const name of ["first", "second"] as const) {
      const alone = await model.crossCheck(x, { layer: name, samples: 200 });
      expect(together[name]?.exact).toEqual(alone.exact);
      expect(together[name]?.zMean).toEqual(alone.zMean);
      expect(together[name]?.zVariance).toEqual(alone.zVariance);
    }
  });
});
