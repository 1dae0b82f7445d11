import { printed, printedShape } from "./argument.js";
import { ShapeError } from "./errors.js";
import type { NetworkBuilder } from "./wasm/boundary.js";

/** More units in one layer than this are refused: their count, and a file's claim of it, stays allocatable. */
export const MOST_UNITS = 2 ** 24;

/** What a layer does. */
export type LayerKind = "dense" | "dropout" | "concat" | "add";

/** A configured layer: everything that the rest of the library needs to know of its kind. */
export interface LayerDefinition {
  readonly kind: LayerKind;
  /** Whether the layer ends in an activation, so that `layer: "all"` means it. */
  readonly activated: boolean;
  /** The settings as plain JSON, defaults filled in. */
  readonly config: object;
  /** Returns the output shape (without the batch) for these inputs, or throws ShapeError; `action` begins the message. */
  outputShape(action: string, sources: readonly (readonly number[])[]): number[];
  /** Returns the trainable tensors in their order. */
  parameters(source: readonly number[]): ParameterShape[];
  /** Returns how many gates one application has, those with a rate of 0 included. */
  gates(source: readonly number[]): number;
  /** Adds the layer to a network under construction and returns its node. */
  addTo(builder: NetworkBuilder, name: string, sources: Uint32Array, sharedWith: number | undefined): number;
}

/** The name within its layer, and the shape, of a trainable tensor. */
export interface ParameterShape {
  readonly part: "kernel" | "bias";
  readonly shape: readonly number[];
}

/** The options that every layer takes. */
export interface LayerOptions {
  /** The name of the layer in its model; default the kind with a number, e.g. `dense_1`. */
  readonly name?: string | undefined;
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
      `Cannot ${action}: its input is ${printedShape(["batch", ...source])}, [batch, width] is wanted`,
    );
  }
  return width;
}
