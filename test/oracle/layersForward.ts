// A training pass over a batch through every kind of layer, by the obvious loops in float64.
import { activate } from "./activation.ts";
import { at } from "./at.ts";
import { Domain, drawGates } from "./gates.ts";
import { byParts, computeRow } from "./layerRow.ts";
import { sizeOf } from "./layers.ts";
import { gaussianFactor, uniforms } from "./noise.ts";
import { momentsOf, normalize } from "./normalize.ts";
import { gateFactors, type PlacedGraph, type PlacedNode, thinningOf } from "./placedGraph.ts";

export interface Draws {
  readonly seed: number;
  readonly step: number;
  readonly maskSharing: "example" | "batch";
}

/** What gates and noise are made of, [node][row]: nothing, factors, gates of 0 and 1, or uniform numbers. */
export type Drawn = readonly (readonly (readonly number[])[])[];

/** Draws the gates and the noise of one training step. */
export function drawStep(graph: PlacedGraph, rows: number, draws: Draws): Drawn {
  return graph.nodes.map((node) =>
    Array.from({ length: rows }, (_, row) => drawRow(node, draws, draws.maskSharing === "batch" ? 0 : row)),
  );
}

/** What every row has at every node, and its pre-activations where the node has an activation. */
export interface BatchPass {
  readonly values: readonly (readonly Float64Array[])[]; // [node][row]
  readonly preActivations: readonly (readonly Float64Array[])[];
  /** Mean and population variance of each channel, of batch normalisations. */
  readonly statistics: ReadonlyMap<number, { mean: number[]; variance: number[] }>;
}

type Parameters = readonly Float64Array[];

/** Runs the batch through the graph under the gates and the noise of one training step. */
export function trainingPass(
  graph: PlacedGraph,
  x: readonly ArrayLike<number>[],
  parameters: Parameters,
  drawn: Drawn,
): BatchPass {
  const values: Float64Array[][] = [x.map((row) => Float64Array.from(row))];
  const preActivations: Float64Array[][] = [[]];
  const statistics = new Map<number, { mean: number[]; variance: number[] }>();
  graph.nodes.forEach((node, index) => {
    const { layer } = node;
    const sources = node.sources.map((source) => at(values, source));
    const own = node.parameters.map((index) => at(parameters, index));
    let computed: Float64Array[];
    if (layer.kind === "batchNormalization") {
      const found = batchStatistics(at(sources, 0), at(own, own.length - 1).length);
      statistics.set(values.length, found);
      computed = at(sources, 0).map((row) => normalize(layer, row, own, () => found));
    } else {
      computed = x.map((_, row) => {
        const ofRow = sources.map((source) => at(source, row));
        return computeRow(node, ofRow, own, at(at(drawn, index), row));
      });
    }
    const activation = "activation" in layer ? layer.activation : undefined;
    preActivations.push(activation === undefined ? [] : computed);
    // Softmax runs over the last dimension.
    const width = at(node.shape, node.shape.length - 1);
    values.push(
      activation === undefined
        ? computed
        : computed.map((row) => byParts(row, width, (part) => activate(activation, part))),
    );
  });
  return { values, preActivations, statistics };
}

function drawRow(node: PlacedNode, { seed, step }: Draws, row: number): readonly number[] {
  const { layer, site, sourceShape } = node;
  if (site === undefined) return [];
  const units = sizeOf(sourceShape);
  const gates = (rates: readonly number[]) => [
    ...drawGates({ seed, domain: Domain.training, site, row, sample: step }, rates),
  ];
  // Noise of training has sites of its own.
  const noise = () => uniforms({ seed, site: 2 ** 27 + site, row, sample: step }, units);
  const thinning = thinningOf(node);
  if (thinning) return gateFactors(node, gates(thinning.rates));
  if (layer.kind === "alphaDropout") return gates(new Array<number>(units).fill(layer.rate));
  if (layer.kind === "gaussianDropout") return noise().map((u) => gaussianFactor(layer.rate, u));
  if (layer.kind === "concreteDropout") return noise();
  throw new RangeError(`Cannot draw: ${layer.kind} has no gates`);
}

function batchStatistics(rows: readonly Float64Array[], channels: number) {
  const each = Array.from({ length: channels }, (_, channel) =>
    momentsOf(rows.flatMap((row) => [...row].filter((_value, unit) => unit % channels === channel))),
  );
  return { mean: each.map(({ mean }) => mean), variance: each.map(({ variance }) => variance) };
}
