// exact() of every kind of layer against the oracle's enumeration: images, normalisation, joins, by every method that applies.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { at } from "../oracle/at.ts";
import { sizeOf } from "../oracle/layers.ts";
import { layersStatistics } from "../oracle/layersExact.ts";
import { type LayerGraph, place } from "../oracle/placedGraph.ts";
import { normalRows, normals, uniforms } from "../oracle/values.ts";
import { batchOf } from "./buildModel.ts";
import { exactMethods, methodsFor } from "./exactMethods.ts";
import { expectExactAgreement, type WantedLayer } from "./expectExact.ts";
import { layersModel } from "./layersModel.ts";
import { type Kind, type LayerLimits, randomLayers, randomWeights } from "./randomLayers.ts";
import { everyActivation } from "./randomNetwork.ts";
import { propertyRuns } from "./runs.ts";

const kinds: readonly Kind[] = [
  ...(["conv2d", "conv2d", "maxPool2d", "averagePool2d", "activation"] as const),
  ...(["batchNormalization", "layerNormalization", "reshape", "again"] as const),
  ...(["dropout", "dropout", "spatialDropout2d", "spatialDropout2d"] as const),
  ...(["add", "multiply", "concat"] as const),
];
const limits: LayerLimits = { side: { min: 1, max: 3 }, images: 5, units: 24, gates: 6 };
const ROWS = 2;

/** How often a layer whose units are not fixed was compared, by its kind, and by the method. */
type Met = Map<string, number>;

async function expectAgreement(graph: LayerGraph, seed: number, met: Met): Promise<void> {
  const placed = place(graph);
  const parameters = randomWeights(placed, uniforms(seed), normals(seed));
  const rows = normalRows(seed, ROWS, sizeOf(graph.inputShape));
  const found = rows.map((x) => layersStatistics(graph, x, parameters));
  const x = { data: batchOf(rows).data, shape: [ROWS, ...graph.inputShape] };
  const model = layersModel(graph);
  try {
    model.setWeights(
      parameters.map((data, index) => ({ data, shape: [...at(placed.parameters, index).shape] })),
    );
    expect(model.layers.length).toBe(graph.nodes.length);
    for (const [layer, { layer: of }] of graph.nodes.entries()) {
      const statistics = found.map((row) => at(row, layer).units);
      const { activation, shape } = at(at(found, 0), layer);
      const wanted: WantedLayer = { name: `layer ${layer} (${of.kind})`, activation, shape, statistics };
      const units = at(statistics, 0);
      const one = seed % units.length;
      for (const unit of [undefined, one]) {
        for (const method of methodsFor(model, { layer, unit })) {
          const result = await model.exact(x, { layer, unit, method });
          expectExactAgreement(wanted, result, unit);
          const gates =
            unit === undefined ? Math.max(...units.map(({ gates }) => gates)) : at(units, one).gates;
          expect(result.subnetworks, wanted.name).toBe(2n ** BigInt(gates));
          const count = (name: string) => met.set(name, (met.get(name) ?? 0) + 1);
          if (units.every(({ variance }) => variance === 0)) continue;
          count(method);
          count(of.kind);
        }
      }
    }
  } finally {
    model.dispose();
  }
}

describe("exact() agrees with the oracle", () => {
  test("on every kind of layer of random graphs, by every method that applies", async () => {
    const met: Met = new Map();
    const graphs = fc
      .constantFrom(...everyActivation)
      .chain((activation) => randomLayers(3, activation, kinds, limits));
    await fc.assert(
      fc.asyncProperty(graphs, fc.nat(2 ** 31), (graph, seed) => expectAgreement(graph, seed, met)),
      propertyRuns(90, 3000),
    );
    for (const method of exactMethods) expect(met.get(method), method).toBeGreaterThanOrEqual(8);
    const layers = [...kinds.filter((kind) => kind !== "again"), "dense", "flatten", "globalAveragePool2d"];
    for (const kind of layers) expect(met.get(kind), kind).toBeGreaterThanOrEqual(20);
  });
});
