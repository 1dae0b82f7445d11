// A graph of every kind of layer with its shapes, parameters and gate sites.
import { at } from "./at.ts";
import type { Scaling } from "./description.ts";
import { hasSite, type LayerNode, parametersOf, shapeOf, sizeOf } from "./layers.ts";

export interface LayerGraph {
  readonly inputShape: readonly number[];
  readonly nodes: readonly LayerNode[];
}

/** A node of a graph, with what follows from the nodes before it. */
export interface PlacedNode extends LayerNode {
  readonly shape: readonly number[];
  readonly sourceShape: readonly number[];
  /** Indices into the parameters, in the order of getWeights(). */
  readonly parameters: readonly number[];
  readonly site: number | undefined;
}

export interface PlacedGraph {
  readonly nodes: readonly PlacedNode[];
  readonly parameters: readonly { shape: readonly number[]; isMoving: boolean }[];
}

/** Returns the graph with shapes, parameters and sites numbered. */
export function place({ inputShape, nodes }: LayerGraph): PlacedGraph {
  const shapes: (readonly number[])[] = [inputShape];
  const placed: PlacedNode[] = [];
  const parameters: { shape: readonly number[]; isMoving: boolean }[] = [];
  let sites = 0;
  for (const node of nodes) {
    const sourceShapes = node.sources.map((source) => at(shapes, source));
    const sourceShape = at(sourceShapes, 0);
    const shape = shapeOf(node.layer, sourceShapes);
    const own = node.sharedWith === undefined ? parametersOf(node.layer, sourceShape) : [];
    const indices = own.map((_, index) => parameters.length + index);
    parameters.push(...own);
    placed.push({
      ...node,
      shape,
      sourceShape,
      parameters: node.sharedWith === undefined ? indices : at(placed, node.sharedWith - 1).parameters,
      site: hasSite(node.layer) ? sites++ : undefined,
    });
    shapes.push(shape);
  }
  return { nodes: placed, parameters };
}

/** The gates of one site, a rate for each. */
export interface Thinning {
  readonly rates: readonly number[];
  readonly scaling: Scaling;
}

/** Returns the gates of a node: of units, of channels or of weights; undefined where it has none that are open or closed. */
export function thinningOf({ layer, sourceShape }: PlacedNode): Thinning | undefined {
  const units = sizeOf(sourceShape);
  const each = (rates: number | readonly number[], count: number): readonly number[] =>
    typeof rates === "number" ? new Array<number>(count).fill(rates) : rates;
  if (layer.kind === "dense" && layer.connectionRate > 0)
    return { rates: each(layer.connectionRate, units * layer.units), scaling: layer.scaling };
  if (layer.kind === "dropout") return { rates: each(layer.rates, units), scaling: layer.scaling };
  if (layer.kind === "spatialDropout2d")
    return { rates: each(layer.rates, at(sourceShape, 2)), scaling: layer.scaling };
  return undefined;
}

/** Returns what each unit, or each weight, is multiplied by: 0 or 1 by its gate, 1/p in place of 1 with inverted scaling. */
export function gateFactors(node: PlacedNode, gates: readonly number[]): readonly number[] {
  const thinning = thinningOf(node);
  if (!thinning) return [];
  const { rates, scaling } = thinning;
  const factors = gates.map((gate, index) => (scaling === "inverted" ? gate / (1 - at(rates, index)) : gate));
  // A channel's gate is met at every place.
  if (node.layer.kind === "dense") return factors;
  return Array.from({ length: sizeOf(node.sourceShape) }, (_, unit) => at(factors, unit % factors.length));
}
