import { printed } from "./argument.js";
import { ShapeError } from "./errors.js";
import { type LayerDefinition, MOST_UNITS } from "./layer.js";
import { sizeOf } from "./tensor.js";

/** Dimensions of a row; with the batch they are the eight that nested arrays may have. */
const MOST_AXES = 7;

/**
 * A place in a graph under construction: the output of one application of a layer, or an input. It holds no numbers.
 */
export class SymbolicTensor {
  /** The shape of one row, without the batch. */
  readonly shape: readonly number[];
  /** The layer that makes it; undefined for an input. */
  readonly layer: Layer | MergeLayer | undefined;
  /** What the layer reads. */
  readonly sources: readonly SymbolicTensor[];

  /** @internal */
  constructor(shape: readonly number[], layer?: Layer | MergeLayer, sources: readonly SymbolicTensor[] = []) {
    this.shape = Object.freeze([...shape]);
    this.layer = layer;
    this.sources = Object.freeze([...sources]);
  }
}

/** A layer that reads one tensor: for the list of `sequential()`, or to be applied in a `graph()`. */
export class Layer {
  /** As it was given; undefined when the model names it. */
  readonly name: string | undefined;
  readonly #definition: LayerDefinition;

  /** @internal */
  constructor(definition: LayerDefinition, name: string | undefined) {
    this.#definition = definition;
    this.name = name;
  }

  /** @internal */
  get definition(): LayerDefinition {
    return this.#definition;
  }

  /**
   * Returns the output of this layer for `source`. A layer that is applied again shares its weights; its gates are a
   * new site, drawn apart.
   *
   * @throws ShapeError when the layer cannot read a tensor of this shape
   */
  apply(source: SymbolicTensor): SymbolicTensor {
    const action = `apply ${label(this)}`;
    if (!(source instanceof SymbolicTensor)) {
      throw new TypeError(
        `Cannot ${action}: the source is ${printed(source)}, what input() or apply() returned is wanted`,
      );
    }
    return connect(action, this, [source]);
  }
}

/** A layer that reads several tensors, to be applied in a `graph()`. */
export class MergeLayer {
  /** As it was given; undefined when the model names it. */
  readonly name: string | undefined;
  readonly #definition: LayerDefinition;

  /** @internal */
  constructor(definition: LayerDefinition, name: string | undefined) {
    this.#definition = definition;
    this.name = name;
  }

  /** @internal */
  get definition(): LayerDefinition {
    return this.#definition;
  }

  /**
   * Returns the output of this layer for two or more sources.
   *
   * @throws ShapeError when the layer cannot read tensors of these shapes
   */
  apply(sources: readonly SymbolicTensor[]): SymbolicTensor {
    const action = `apply ${label(this)}`;
    // A copy first: `every` would pass over the holes of a sparse array.
    if (!Array.isArray(sources) || ![...sources].every((source) => source instanceof SymbolicTensor)) {
      throw new TypeError(
        `Cannot ${action}: the sources are ${printed(sources)}, an array of what input() or apply() returned is wanted`,
      );
    }
    if (sources.length < 2) {
      throw new RangeError(
        `Cannot ${action}: it was given ${sources.length} sources, two or more are wanted`,
      );
    }
    return connect(action, this, [...sources]);
  }
}

/** Returns the output of `layer` for `sources`; `action` begins the message of an error. */
export function connect(
  action: string,
  layer: Layer | MergeLayer,
  sources: SymbolicTensor[],
): SymbolicTensor {
  const shape = layer.definition.outputShape(
    action,
    sources.map((source) => source.shape),
  );
  return new SymbolicTensor(shape, layer, sources);
}

/** Returns the checked shape of the rows of an input. */
export function checkInputShape(action: string, name: string, shape: unknown): number[] {
  if (!Array.isArray(shape)) {
    throw new TypeError(`Cannot ${action}: ${name} is ${printed(shape)}, an array such as [784] is wanted`);
  }
  const sizes = Array.from(shape, (size) =>
    Number.isInteger(size) && size >= 1 ? (size as number) : Number.NaN,
  );
  const units = sizeOf(sizes);
  if (sizes.length < 1 || sizes.length > MOST_AXES || !(units <= MOST_UNITS)) {
    throw new ShapeError(
      `Cannot ${action}: ${name} is ${printed(shape)}, [width] or [height, width, channels], up to ${MOST_AXES} dimensions of 1 or more and 2^24 units in all, is wanted`,
    );
  }
  return sizes;
}

function label(layer: Layer | MergeLayer): string {
  const { kind } = layer.definition;
  return layer.name === undefined ? `the ${kind} layer` : `the ${kind} layer ${printed(layer.name)}`;
}
