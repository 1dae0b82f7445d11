// Small random graphs of every kind of layer that thins or is fixed, with weights and rows.
import fc from "fast-check";
import type { Model } from "thinned";
import { at } from "../oracle/at.ts";
import { sizeOf } from "../oracle/layers.ts";
import { type LayerGraph, type PlacedGraph, place } from "../oracle/placedGraph.ts";
import { normalRows, normals, uniforms } from "../oracle/values.ts";
import { type Batch, batchOf } from "./buildModel.ts";
import { layersModel } from "./layersModel.ts";
import { type Kind, type LayerLimits, randomLayers, randomWeights } from "./randomLayers.ts";
import { everyActivation } from "./randomNetwork.ts";

/** Layers of images; gates and joins come more often than by their number. */
export const smallKinds: readonly Kind[] = [
  ...(["conv2d", "conv2d", "maxPool2d", "averagePool2d", "activation"] as const),
  ...(["batchNormalization", "layerNormalization", "reshape", "again"] as const),
  ...(["dropout", "dropout", "spatialDropout2d", "spatialDropout2d"] as const),
  ...(["add", "multiply", "concat"] as const),
];

const limits: LayerLimits = { side: { min: 1, max: 3 }, images: 5, units: 24, gates: 6 };

/** Graphs of at most 64 subnetworks that end in three units of any activation. */
export const smallLayers: fc.Arbitrary<LayerGraph> = fc
  .constantFrom(...everyActivation)
  .chain((activation) => randomLayers(3, activation, smallKinds, limits));

export interface LayersCase {
  readonly model: Model;
  readonly placed: PlacedGraph;
  readonly parameters: readonly Float64Array[];
  readonly rows: readonly Float32Array[];
  /** The rows as the model takes them. */
  readonly x: Batch;
}

/** Runs `use` on the model of the graph with random weights and rows, and frees the model, whatever happens. */
export async function withLayers(
  graph: LayerGraph,
  seed: number,
  use: (one: LayersCase) => Promise<void>,
): Promise<void> {
  const placed = place(graph);
  const parameters = randomWeights(placed, uniforms(seed), normals(seed));
  const rows = normalRows(seed, 2, sizeOf(graph.inputShape));
  const x = { data: batchOf(rows).data, shape: [rows.length, ...graph.inputShape] };
  const model = layersModel(graph);
  try {
    const shapeOf = (index: number) => [...at(placed.parameters, index).shape];
    model.setWeights(parameters.map((data, index) => ({ data, shape: shapeOf(index) })));
    await use({ model, placed, parameters, rows, x });
  } finally {
    model.dispose();
  }
}
