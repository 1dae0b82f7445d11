// exact() of every kind of layer against the oracle's enumeration: images, normalisation, joins, by every method that applies.
import fc from "fast-check";
import { expect, test } from "vitest";
import { at } from "../oracle/at.ts";
import { layersStatistics } from "../oracle/layersExact.ts";
import type { LayerGraph } from "../oracle/placedGraph.ts";
import { exactMethods, methodsFor } from "./exactMethods.ts";
import { expectExactAgreement, type WantedLayer } from "./expectExact.ts";
import { propertyRuns } from "./runs.ts";
import { smallKinds, smallLayers, withLayers } from "./smallLayers.ts";

/** How often a layer whose units are not fixed was compared, by its kind, and by the method. */
type Met = Map<string, number>;

/** Compares every layer, and one unit of it, by every method that applies. */
async function expectAgreement(graph: LayerGraph, seed: number, met: Met): Promise<void> {
  await withLayers(graph, seed, async ({ model, parameters, rows, x }) => {
    const found = rows.map((row) => layersStatistics(graph, row, parameters));
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
          if (units.every(({ variance }) => variance === 0)) continue;
          for (const name of [method, of.kind]) met.set(name, (met.get(name) ?? 0) + 1);
        }
      }
    }
  });
}

test("exact() agrees with the oracle on every kind of layer of random graphs, by every method that applies", async () => {
  const met: Met = new Map();
  await fc.assert(
    fc.asyncProperty(smallLayers, fc.nat(2 ** 31), (graph, seed) => expectAgreement(graph, seed, met)),
    propertyRuns(90, 3000),
  );
  for (const method of exactMethods) expect(met.get(method), method).toBeGreaterThanOrEqual(8);
  const layers = [
    ...smallKinds.filter((kind) => kind !== "again"),
    ...["dense", "flatten", "globalAveragePool2d"],
  ];
  for (const kind of layers) expect(met.get(kind), kind).toBeGreaterThanOrEqual(20);
});
