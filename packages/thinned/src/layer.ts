import { printed, printedShape } from "./argument.js";
import { ShapeError } from "./errors.js";
import { sameShape, sizeOf } from "./tensor.js";
import type { NetworkBuilder } from "./wasm/boundary.js";

/** More units in one layer than this are refused: their count, and a file's claim of it, stays allocatable. */
export const MOST_UNITS = 2 ** 24;

/** What a layer does. */
export type LayerKind =
  | "dense"
  | "dropout"
  | "concat"
  | "add"
  | "multiply"
  | "activation"
  | "flatten"
  | "reshape"
  | "conv2d"
  | "maxPool2d"
  | "averagePool2d"
  | "globalAveragePool2d"
  | "batchNormalization"
  | "layerNormalization"
  | "spatialDropout2d"
  | "gaussianDropout"
  | "alphaDropout"
  | "concreteDropout";

/** A configured layer: everything that the rest of the library needs to know of its kind. */
export interface LayerDefinition {
  readonly kind: LayerKind;
  /** Whether the layer ends in an activation, so that `layer: "all"` means it. */
  readonly activated: boolean;
  /** The settings as plain JSON, defaults filled in. */
  readonly config: object;
  /** Returns the output shape (without the batch) for these inputs, or throws ShapeError; `action` begins the message. */
  outputShape(action: string, sources: readonly (readonly number[])[]): number[];
  /** Returns the weights in their order. */
  parameters(source: readonly number[]): ParameterShape[];
  /** Returns the multiplications of a row, where they are not one for each number of the parameters. */
  products?(source: readonly number[]): number;
  /** Returns how many gates one application has, those with a rate of 0 included. */
  gates(source: readonly number[]): number;
  /** Adds the layer to a network under construction and returns its node. */
  addTo(builder: NetworkBuilder, name: string, sources: Uint32Array, sharedWith: number | undefined): number;
}

/** The name within its layer, and the shape, of a trainable tensor. */
export interface ParameterShape {
  readonly part: "kernel" | "bias" | "gamma" | "beta" | "movingMean" | "movingVariance" | "logit";
  readonly shape: readonly number[];
}

/** The options that every layer takes. */
export interface LayerOptions {
  /** The name of the layer in its model; default the kind with a number, e.g. `dense_1`. */
  readonly name?: string | undefined;
}

/** A layer without weights and gates, but for what it says otherwise. */
export abstract class PlainLayer {
  readonly activated: boolean = false;

  parameters(_source: readonly number[]): ParameterShape[] {
    return [];
  }

  gates(_source: readonly number[]): number {
    return 0;
  }
}

/** Names that mean something else wherever layers are named. */
const reserved = new Set(["all", "input"]);

/** Returns the checked name of a layer, or undefined when it is left to the model. */
export function checkName(action: string, name: unknown): string | undefined {
  if (name === undefined) return undefined;
  if (typeof name !== "string") {
    throw new TypeError(`Cannot ${action}: name is ${printed(name)}, a string is wanted`);
  }
  if (name === "" || name.length > 200 || reserved.has(name)) {
    throw new RangeError(
      `Cannot ${action}: name is ${printed(name)}; 1 to 200 letters are wanted, and neither "all", which means every layer, nor "input"`,
    );
  }
  return name;
}

/** Returns the units of a layer that takes one vector per row. */
export function widthOf(action: string, source: readonly number[]): number {
  const [width, ...more] = source;
  if (width === undefined || more.length > 0) {
    throw new ShapeError(
      `Cannot ${action}: its input is ${printedShape(["batch", ...source])}, [batch, width] is wanted; flatten() makes it one`,
    );
  }
  return width;
}

/** Returns the common shape of the sources of a layer that joins them unit by unit. */
export function equalShapes(action: string, sources: readonly (readonly number[])[]): number[] {
  const [shape = []] = sources;
  if (sources.some((other) => !sameShape(other, shape))) {
    throw new ShapeError(
      `Cannot ${action}: its inputs have ${sources.map((source) => printedShape(["batch", ...source])).join(", ")}; equal shapes are wanted`,
    );
  }
  return [...shape];
}

/** Returns `shape` when a layer may have so many units. */
export function checkUnits(action: string, shape: number[]): number[] {
  if (sizeOf(shape) <= MOST_UNITS) return shape;
  throw new ShapeError(
    `Cannot ${action}: its output would be ${printedShape(["batch", ...shape])}, at most 2^24 units are wanted`,
  );
}

/** Returns the sides and channels of a layer that takes one image per row. */
export function imageOf(action: string, source: readonly number[]): [number, number, number] {
  const [height, width, channels] = source;
  if (height === undefined || width === undefined || channels === undefined || source.length > 3) {
    throw new ShapeError(
      `Cannot ${action}: its input is ${printedShape(["batch", ...source])}, [batch, height, width, channels] is wanted`,
    );
  }
  return [height, width, channels];
}
