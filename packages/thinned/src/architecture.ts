import { printed, printedShape } from "./argument.js";
import { ShapeError } from "./errors.js";
import type { LayerDefinition, ParameterShape } from "./layer.js";
import { sizeOf } from "./tensor.js";

/** More layers than this are refused; gate sites are numbered well below the 2^28 that the generator has. */
const MOST_LAYERS = 10_000;

/** Units of all layers together: what one row may take inside the module is bounded, whatever a file asks for. */
const MOST_UNITS_IN_ALL = 2 ** 25;

/** Weights of all layers together: with the moments of Adam they fill half of the memory that a module can have. */
const MOST_WEIGHTS = 2 ** 27;

/** Gates of all layers together, those of connections included. */
const MOST_GATES = 2 ** 26;

/** Nodes that are read, by all layers together. */
const MOST_SOURCES = 2 ** 20;

/** One layer of an architecture, before its output shape is known. */
export interface Entry {
  readonly name: string;
  readonly definition: LayerDefinition;
  /** Node numbers: 0 is the input, `i + 1` is entry `i`. Every one is below the node of the entry itself. */
  readonly sources: readonly number[];
  /** The node whose weights this entry uses: the first application of the same layer. */
  readonly sharedWith: number | undefined;
}

/** One layer of an architecture. */
export interface Node extends Entry {
  /** The output shape of one row. */
  readonly shape: readonly number[];
}

/** A validated network without its weights: layers in topological order, the last being the output. */
export interface Architecture {
  readonly inputShape: readonly number[];
  readonly nodes: readonly Node[];
  readonly seed: number;
}

/** A tensor of weights and the layer that it belongs to. */
export interface Parameter extends ParameterShape {
  readonly layer: string;
}

/**
 * Returns the architecture of these entries, with every shape inferred.
 *
 * @throws RangeError when two layers have one name, or there are none or too many
 * @throws ShapeError when a layer cannot read its sources
 */
export function architecture(
  action: string,
  inputShape: readonly number[],
  entries: readonly Entry[],
  seed: number,
): Architecture {
  checkLayerCount(action, entries.length);
  checkSourceCount(action, entries);
  const shapes: (readonly number[])[] = [inputShape];
  const names = new Set<string>();
  const nodes = entries.map((entry): Node => {
    if (names.has(entry.name)) {
      throw new RangeError(
        `Cannot ${action}: two layers are named ${printed(entry.name)}, names of their own are wanted`,
      );
    }
    names.add(entry.name);
    const sources = entry.sources.map((source) => shapes[source] as readonly number[]);
    const shape = entry.definition.outputShape(`${action}: layer ${printed(entry.name)}`, sources);
    checkSharing(action, entry, entries, shapes);
    shapes.push(shape);
    return { ...entry, shape };
  });
  const checked = { inputShape, nodes, seed };
  const units = shapes.reduce((total, shape) => total + sizeOf(shape), 0);
  refuseAbove(action, "units", units, MOST_UNITS_IN_ALL);
  const weights = parametersOf(checked).reduce((total, { shape }) => total + sizeOf(shape), 0);
  refuseAbove(action, "weights", weights, MOST_WEIGHTS);
  refuseAbove(action, "gates", gatesOf(checked), MOST_GATES);
  return checked;
}

/** Throws RangeError unless an architecture may have so many layers. */
export function checkLayerCount(action: string, count: number): void {
  if (count > 0 && count <= MOST_LAYERS) return;
  throw new RangeError(`Cannot ${action}: it has ${count} layers, 1 to ${MOST_LAYERS} are wanted`);
}

/** Throws RangeError unless the layers of an architecture may read so many nodes. */
export function checkSourceCount(action: string, entries: readonly { sources: readonly unknown[] }[]): void {
  const sources = entries.reduce((total, entry) => total + entry.sources.length, 0);
  refuseAbove(action, "sources", sources, MOST_SOURCES);
}

/** Returns the gates of all layers, those with a rate of 0 included. */
function gatesOf({ inputShape, nodes }: Architecture): number {
  return nodes.reduce((total, { definition, sources: [source = 0] }) => {
    return total + definition.gates(source === 0 ? inputShape : (nodes[source - 1] as Node).shape);
  }, 0);
}

function refuseAbove(action: string, what: string, count: number, most: number): void {
  if (count <= most) return;
  throw new RangeError(`Cannot ${action}: it has ${count} ${what} in all, at most ${most} are wanted`);
}

function checkSharing(
  action: string,
  entry: Entry,
  entries: readonly Entry[],
  shapes: readonly (readonly number[])[],
): void {
  if (entry.sharedWith === undefined) return;
  const [source = 0] = entry.sources;
  const owner = entries[entry.sharedWith - 1] as Entry;
  const [ownerSource = 0] = owner.sources;
  const [wanted, got] = [shapes[ownerSource], shapes[source]] as [readonly number[], readonly number[]];
  const weights = (shape: readonly number[]) => JSON.stringify(entry.definition.parameters(shape));
  if (weights(wanted) !== weights(got)) {
    throw new ShapeError(
      `Cannot ${action}: layer ${printed(entry.name)} shares the weights of ${printed(owner.name)}, which read ` +
        `${printedShape(["batch", ...wanted])}; here it is given ${printedShape(["batch", ...got])}`,
    );
  }
}

/** Returns the weights in their order: kernel and bias per layer, shared ones once. */
export function parametersOf({ inputShape, nodes }: Architecture): Parameter[] {
  return nodes.flatMap(({ name, definition, sources, sharedWith }) => {
    if (sharedWith !== undefined) return [];
    const [source = 0] = sources;
    const sourceShape = source === 0 ? inputShape : (nodes[source - 1] as Node).shape;
    return definition.parameters(sourceShape).map((parameter) => ({ layer: name, ...parameter }));
  });
}

/** Returns the output shape of one row. */
export function outputShapeOf({ nodes }: Architecture): readonly number[] {
  return (nodes.at(-1) as Node).shape;
}
