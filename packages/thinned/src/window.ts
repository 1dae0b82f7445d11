import { integer, oneOf, printedShape } from "./argument.js";
import { ShapeError } from "./errors.js";
import { imageOf } from "./layer.js";
import { isList } from "./numberArray.js";

/** A size for both sides of an image, or one each: vertical, horizontal. */
export type Sides = number | readonly [number, number];

/**
 * What happens at the edges of an image: `"valid"` keeps windows inside it; `"same"` gives `⌈side / stride⌉` windows, cells
 * outside the image being absent, an odd one at the bottom and right, as in TensorFlow.
 */
export type Padding = "valid" | "same";

/** The settings of a window, as a model file holds them. */
export interface WindowConfig {
  readonly kernelSize: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly dilationRate: readonly [number, number];
  readonly padding: Padding;
}

/** Cells of a window, or from one to the next, at most. */
const MOST_CELLS = 2 ** 16;

/** Returns the checked pair of sizes of an option. */
export function checkSides(action: string, name: string, sides: unknown): [number, number] {
  if (!isList(sides)) {
    const size = integer(action, name, sides, 1, MOST_CELLS);
    return [size, size];
  }
  if (sides.length !== 2) {
    throw new RangeError(`Cannot ${action}: ${name} has ${sides.length} numbers, one or two are wanted`);
  }
  return [
    integer(action, `${name}[0]`, sides[0], 1, MOST_CELLS),
    integer(action, `${name}[1]`, sides[1], 1, MOST_CELLS),
  ];
}

/** Returns the checked padding of an option. */
export function checkPadding(action: string, padding: unknown): Padding {
  return oneOf(action, "padding", padding, ["valid", "same"] as const);
}

/** Returns how many windows lie over the image `source`: down, across. */
export function windowsOver(
  action: string,
  source: readonly number[],
  { kernelSize, strides, dilationRate, padding }: WindowConfig,
): [number, number] {
  const image = imageOf(action, source);
  const along = (side: 0 | 1) => {
    if (padding === "same") return Math.ceil(image[side] / strides[side]);
    const extent = (kernelSize[side] - 1) * dilationRate[side] + 1;
    if (extent > image[side]) {
      throw new ShapeError(
        `Cannot ${action}: its windows reach over ${extent} cells, its input is ${printedShape(["batch", ...source])}; a smaller kernel or padding "same" is wanted`,
      );
    }
    return Math.ceil((image[side] - extent + 1) / strides[side]);
  };
  return [along(0), along(1)];
}

/** Returns a window as the boundary takes it. */
export function windowArguments({ kernelSize, strides, dilationRate }: WindowConfig): Uint32Array {
  return Uint32Array.from([...kernelSize, ...strides, ...dilationRate]);
}
