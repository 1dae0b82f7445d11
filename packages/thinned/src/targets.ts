import { printed, printedShape } from "./argument.js";
import { ShapeError } from "./errors.js";
import { type CheckedLoss, isCategorical } from "./loss.js";
import { indexed, sameShape, sizeOf, toOwnTensor } from "./tensor.js";

/** What the outputs of a batch are compared with: `width` values per row, or one label. */
export interface Targets {
  readonly data: Float32Array;
  readonly width: number;
}

/** How far from 1 the sum of a row of classes may be: soft labels come rounded, to half precision or three decimals. */
const SUM_TOLERANCE = 1e-3;

/**
 * Returns `value` as the targets of `rows` outputs. Labels of classes may be `[batch]` or `[batch, 1]`; other targets
 * have the shape of the outputs, or `[batch]` where a row has one output. The data are a copy, for a long call.
 *
 * @throws ShapeError when the shape or the number of rows is another
 * @throws RangeError when a label is no class, a probability is outside `[0, 1]`, or a row of classes does not sum to 1
 */
export function toTargets(
  action: string,
  name: string,
  value: unknown,
  { name: loss }: CheckedLoss,
  rows: number,
  outputShape: readonly number[],
): Targets {
  const sparse = loss === "sparseCategoricalCrossentropy";
  const { data, shape } = toOwnTensor(action, name, value);
  const outputs = sizeOf(outputShape);
  if (loss === "gaussianNegativeLogLikelihood" && outputs % 2 !== 0) {
    throw new ShapeError(
      `Cannot ${action}: the model has ${outputs} outputs a row, an even number is wanted for loss ${printed(loss)}: means, then as many logarithms of variances`,
    );
  }
  const row = sparse ? [1] : loss === "gaussianNegativeLogLikelihood" ? [outputs / 2] : outputShape;
  const flat = sizeOf(row) === 1 && sameShape(shape, [rows]);
  if (!flat && !sameShape(shape, [rows, ...row])) {
    const wanted =
      sizeOf(row) === 1
        ? `${printedShape([rows])} or ${printedShape([rows, ...row])}`
        : printedShape([rows, ...row]);
    throw new ShapeError(
      `Cannot ${action}: ${name} has shape ${printedShape(shape)}, ${wanted} is wanted for loss ${printed(loss)}${hint()}`,
    );
  }
  const classes = outputs;
  if (sparse) {
    const isClass = (label: number) => Number.isInteger(label) && label >= 0 && label < classes;
    refuseUnless(isClass, `an integer in [0, ${classes}), the number of a class,`);
  } else if (loss === "binaryCrossentropy" || loss === "categoricalCrossentropy") {
    refuseUnless((target) => target >= 0 && target <= 1, "a probability in [0, 1]");
  }
  if (loss === "categoricalCrossentropy") refuseOtherSums();
  return { data, width: sizeOf(row) };

  /** Refuses what is no distribution over the classes, which are those of the last dimension, as for a softmax. */
  function refuseOtherSums(): void {
    const count = outputShape.at(-1) as number;
    for (let first = 0; first < data.length; first += count) {
      // By index: a view of each of many rows would hold a frame.
      let sum = 0;
      for (let k = 0; k < count; k++) sum += data[first + k] as number;
      if (Math.abs(sum - 1) <= SUM_TOLERANCE) continue;
      const place = indexed(name, shape.slice(0, -1), first / count);
      throw new RangeError(
        `Cannot ${action}: the targets in ${place} sum to ${Number(sum.toPrecision(6))}, probabilities that sum to 1 are wanted for loss ${printed(loss)}`,
      );
    }
  }

  /** Says which loss goes with the targets, where classes are given in the other form. */
  function hint(): string {
    if (!isCategorical(loss) || shape[0] !== rows) return "";
    const oneHot = sameShape(shape, [rows, ...outputShape]);
    const numbers = shape.length === 1 || (shape.length === 2 && shape[1] === 1);
    if (sparse && oneHot) return `; one-hot rows go with loss "categoricalCrossentropy"`;
    return !sparse && numbers ? `; numbers of classes go with loss "sparseCategoricalCrossentropy"` : "";
  }

  function refuseUnless(holds: (target: number) => boolean, wanted: string): void {
    const index = data.findIndex((target) => !holds(target));
    if (index < 0) return;
    throw new RangeError(
      `Cannot ${action}: ${indexed(name, shape, index)} is ${data[index]}, ${wanted} is wanted for loss ${printed(loss)}`,
    );
  }
}
