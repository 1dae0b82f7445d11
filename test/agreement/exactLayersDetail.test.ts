// Covariances, entropies and means given a gate of every kind of layer against the oracle's plain sums.
import fc from "fast-check";
import { expect, test } from "vitest";
import { at } from "../oracle/at.ts";
import { covarianceOf, entropiesOf, meanOf } from "../oracle/joint.ts";
import { layersSubnetworks, observedNode } from "../oracle/layersSubnetworks.ts";
import { layersUpstream } from "../oracle/layersUpstream.ts";
import type { LayerGraph } from "../oracle/placedGraph.ts";
import { expectNear, TOLERANCE } from "./expectExact.ts";
import { propertyRuns } from "./runs.ts";
import { type LayersCase, smallLayers, withLayers } from "./smallLayers.ts";

/** How often what was compared. */
interface Met {
  covariances: number;
  entropies: number;
  givenGates: number;
}

type Subnetworks = ReturnType<typeof layersSubnetworks>["subnetworks"];

const scaleOf = (outcomes: readonly { activities: Float64Array }[]): number =>
  Math.max(1, ...outcomes.map(({ activities }) => Math.max(...activities.map(Math.abs))));

/** Returns what the units of a node do in each of the subnetworks. */
const outcomesOf = (subnetworks: Subnetworks, node: number) =>
  subnetworks.map(({ probability, pass }) => ({ probability, activities: at(pass, node).values }));

async function expectJointAgreement(one: LayersCase, layer: number, met: Met): Promise<void> {
  const { model, placed, parameters, rows, x } = one;
  const seen = observedNode(placed, layer + 1);
  const result = await model.exact(x, { layer, moments: "full" });
  rows.forEach((row, index) => {
    const outcomes = outcomesOf(layersSubnetworks(placed, row, parameters).subnetworks, seen);
    const tolerance = TOLERANCE * scaleOf(outcomes) ** 2;
    const wanted = covarianceOf(outcomes).flat();
    const found = result.covariance?.data ?? [];
    expect(result.covariance?.shape).toEqual([
      rows.length,
      Math.sqrt(wanted.length),
      Math.sqrt(wanted.length),
    ]);
    wanted.forEach((value, pair) => {
      expectNear(`layer ${layer} pair ${pair}`, at(found, index * wanted.length + pair), value, tolerance);
    });
    if (wanted.some((value) => value !== 0)) met.covariances++;
    if (result.mutualInformation === undefined) return;
    const { predictive, expected } = entropiesOf(outcomes);
    expectNear("H[E p]", at(result.predictiveEntropy?.data ?? [], index), predictive, 10 * TOLERANCE);
    expectNear("E H[p]", at(result.expectedEntropy?.data ?? [], index), expected, 10 * TOLERANCE);
    if (predictive !== expected) met.entropies++;
  });
}

/** Where means given a gate apply: linear, logistic and tanh units over one layer of gates. */
async function expectGivenAgreement(
  graph: LayerGraph,
  one: LayersCase,
  layer: number,
  met: Met,
): Promise<void> {
  const { model, placed, parameters, rows, x } = one;
  const seen = observedNode(placed, layer + 1);
  const upstream = at(at(layersUpstream(graph.inputShape, placed), seen), 0);
  const gates = [...upstream].map((key) => key.split(":").map(Number) as [number, number]);
  gates.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const result = await model.exact(x, { layer, unit: 0, conditional: true }).catch((error: unknown) => {
    expect(error).toBeInstanceOf(RangeError);
    expect(String(error)).toContain("means given a gate");
  });
  if (!result) return;
  expect(result.conditionalMean?.shape).toEqual([rows.length, 1, gates.length]);
  rows.forEach((row, index) => {
    const { subnetworks } = layersSubnetworks(placed, row, parameters);
    gates.forEach(([node, gate], place) => {
      const outcomes = outcomesOf(
        subnetworks.filter(({ kept }) => kept.has(`${node}:${gate}`)),
        seen,
      );
      const found = at(result.conditionalMean?.data ?? [], index * gates.length + place);
      expectNear(`layer ${layer} gate ${gate}`, found, meanOf(outcomes, 0), TOLERANCE * scaleOf(outcomes));
      met.givenGates++;
    });
  });
}

test("exact() with moments and means given a gate agrees with the oracle on every kind of layer", async () => {
  const met: Met = { covariances: 0, entropies: 0, givenGates: 0 };
  await fc.assert(
    fc.asyncProperty(smallLayers, fc.nat(2 ** 31), (graph, seed) =>
      withLayers(graph, seed, async (one) => {
        for (const layer of graph.nodes.keys()) {
          await expectJointAgreement(one, layer, met);
          await expectGivenAgreement(graph, one, layer, met);
        }
      }),
    ),
    propertyRuns(60, 1000),
  );
  expect(met.covariances).toBeGreaterThanOrEqual(200);
  expect(met.entropies).toBeGreaterThanOrEqual(8);
  expect(met.givenGates).toBeGreaterThanOrEqual(40);
});
