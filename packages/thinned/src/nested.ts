import { printed, printedShape } from "./argument.js";
import { ShapeError } from "./errors.js";
import { isList, isNumberArray, refuseDetached, type Values } from "./numberArray.js";

/** Deeper arrays hold no data of any layer; the bound also ends the descent into an array that contains itself. */
const MOST_AXES = 8;

/** Returns the values of nested arrays in row-major order, with the shape that their first elements have. */
export function readNested(action: string, name: string, value: readonly unknown[]): Values {
  const shape: number[] = [];
  for (let inner: unknown = value; isList(inner); inner = inner[0]) {
    if (isNumberArray(inner)) refuseDetached(action, name, inner);
    shape.push(inner.length);
    if (shape.length > MOST_AXES) {
      throw new ShapeError(`Cannot ${action}: ${name} is nested deeper than ${MOST_AXES} arrays`);
    }
  }
  const data: number[] = [];
  readAxis(value, []);
  return { data, shape };

  function readAxis(list: ArrayLike<unknown>, indices: readonly number[]): void {
    const axis = indices.length;
    if (isNumberArray(list)) refuseDetached(action, at(indices), list);
    if (list.length !== shape[axis]) {
      throw new ShapeError(
        `Cannot ${action}: ${at(indices)} has ${list.length} elements, its neighbours have ${shape[axis]}; arrays of equal length are wanted`,
      );
    }
    const innermost = axis === shape.length - 1;
    for (let i = 0; i < list.length; i++) {
      const element = list[i];
      if (innermost && typeof element === "number") {
        data.push(element);
      } else if (!innermost && isList(element)) {
        readAxis(element, [...indices, i]);
      } else if (isList(element) || typeof element === "number") {
        throw new ShapeError(
          `Cannot ${action}: ${at([...indices, i])} is ${isList(element) ? "an array" : "a number"}, by its first elements ${name} has shape ${printedShape(shape)}`,
        );
      } else {
        throw new TypeError(
          `Cannot ${action}: ${at([...indices, i])} is ${printed(element)}, a number is wanted`,
        );
      }
    }
  }

  function at(indices: readonly number[]): string {
    return indices.length === 0 ? name : `${name}[${indices.join(", ")}]`;
  }
}
