import type { Architecture, Node } from "./architecture.js";
import { integer, printed } from "./argument.js";
import { nearestNames } from "./nearest.js";
import { isList } from "./numberArray.js";
import { sizeOf } from "./tensor.js";

/** One layer: an index into `model.layers`, or a name. */
export type LayerReference = number | string;

/** Several layers; `"all"` are those that end in an activation. Results come as a record by name. */
export type LayerReferences = "all" | readonly LayerReference[];

/** A layer that was asked for, as the boundary numbers it. */
export interface SelectedLayer {
  readonly name: string;
  readonly node: number;
  readonly shape: readonly number[];
}

/** The layers that were asked for; `several` tells that the result is a record, even of one. */
export interface Selection {
  readonly layers: readonly SelectedLayer[];
  readonly several: boolean;
}

/** Returns the layers that `layer` refers to, each once; undefined means the output. */
export function selectLayers(action: string, architecture: Architecture, layer: unknown): Selection {
  const { nodes } = architecture;
  if (layer === undefined) return { layers: [selected(nodes, nodes.length - 1)], several: false };
  if (layer === "all") {
    const indices = [...nodes.keys()].filter((index) => (nodes[index] as Node).definition.activated);
    if (indices.length === 0) {
      throw new RangeError(`Cannot ${action}: layer is "all", and no layer of this model has an activation`);
    }
    return { layers: indices.map((index) => selected(nodes, index)), several: true };
  }
  if (!isList(layer))
    return { layers: [selected(nodes, indexOf(action, "layer", nodes, layer))], several: false };
  if (layer.length === 0) {
    throw new RangeError(`Cannot ${action}: layer is an empty list, one or more layers are wanted`);
  }
  const indices = new Set(Array.from(layer, (one, i) => indexOf(action, `layer[${i}]`, nodes, one)));
  return { layers: [...indices].map((index) => selected(nodes, index)), several: true };
}

/** Returns the checked number of a unit, which every selected layer must have; undefined means all units. */
export function selectUnit(action: string, { layers }: Selection, unit: unknown): number | undefined {
  if (unit === undefined) return undefined;
  const [narrowest] = [...layers].sort((a, b) => sizeOf(a.shape) - sizeOf(b.shape)) as [SelectedLayer];
  const name = layers.length > 1 ? `unit (of layer ${printed(narrowest.name)})` : "unit";
  return integer(action, name, unit, 0, sizeOf(narrowest.shape) - 1);
}

/** Returns the layers with an activation from which the named one follows, in their order. */
export function earlierLayers({ nodes }: Architecture, name: string): SelectedLayer[] {
  const isAbove = new Set([nodes.findIndex((node) => node.name === name) + 1]);
  for (let node = nodes.length; node > 0; node--) {
    if (isAbove.has(node)) for (const source of (nodes[node - 1] as Node).sources) isAbove.add(source);
  }
  return [...nodes.keys()]
    .filter((index) => isAbove.has(index + 1) && nodes[index]?.definition.activated)
    .map((index) => selected(nodes, index))
    .filter((layer) => layer.name !== name);
}

/** Returns the results of a selection in the form of the public face: one, or a record by name. */
export function bySelection<Result>(
  { layers, several }: Selection,
  results: readonly Result[],
): Result | Record<string, Result> {
  if (!several) return results[0] as Result;
  return Object.fromEntries(layers.map(({ name }, index) => [name, results[index] as Result]));
}

function indexOf(action: string, argument: string, nodes: readonly Node[], layer: unknown): number {
  if (typeof layer === "number") return integer(action, argument, layer, 0, nodes.length - 1);
  if (typeof layer !== "string") {
    throw new TypeError(
      `Cannot ${action}: ${argument} is ${printed(layer)}, an index into model.layers or a name is wanted`,
    );
  }
  const names = nodes.map((node) => node.name);
  const index = names.indexOf(layer);
  if (index >= 0) return index;
  const near = nearestNames(layer, names);
  const hint =
    near.length > 0 ? `did you mean ${near.map(printed).join(" or ")}?` : `there are ${someOf(names)}`;
  throw new RangeError(`Cannot ${action}: there is no layer ${printed(layer)}; ${hint}`);
}

/** Returns the first names, and how many there are when those are not all. */
function someOf(names: readonly string[]): string {
  const few = names.slice(0, 8).map(printed).join(", ");
  return names.length > 8 ? `${few} and ${names.length - 8} more` : few;
}

function selected(nodes: readonly Node[], index: number): SelectedLayer {
  const { name, shape } = nodes[index] as Node;
  return { name, node: index + 1, shape };
}
