import { printed, printedShape } from "./argument.js";
import { ShapeError } from "./errors.js";
import { isList, isNumberArray, type Numbers, type Reading, refuseDetached, TURN } from "./numberArray.js";

/** Deeper arrays hold no data of any layer; the bound also ends the descent into an array that contains itself. */
const MOST_AXES = 8;

/**
 * Reads the values of nested arrays in row-major order, with the shape that their first elements have; `take` gets every
 * innermost array, or a part of it, and where it belongs. Sizes are compared before `make` allocates for them.
 */
export function* readNested<Own extends Numbers>(
  action: string,
  name: string,
  value: readonly unknown[],
  make: (size: number) => Own,
  take: (own: Own, place: number, list: ArrayLike<number>, shape: readonly number[]) => void,
): Reading<{ data: Own; shape: number[] }> {
  const shape: number[] = [];
  for (let inner: unknown = value; isList(inner); inner = inner[0]) {
    shape.push(inner.length);
    if (shape.length > MOST_AXES) {
      throw new ShapeError(`Cannot ${action}: ${name} is nested deeper than ${MOST_AXES} arrays`);
    }
  }
  const indices: number[] = [];
  const innermost = shape.length - 1;
  const [length = 0] = shape;
  const perElement = shape.slice(1).reduce((size, side) => size * side, 1);
  // Elements of the first axis between two turns of the event loop.
  const each = Math.max(1, Math.floor(TURN / Math.max(1, perElement)));

  for (let i = 0; innermost > 0 && i < length; i++) {
    visit(value[i], i, () => undefined);
    if ((i + 1) % each === 0) yield;
  }
  const data = make(length * perElement);
  let place = 0;
  const takeNext = (list: readonly unknown[]): void => {
    take(data, place, list as readonly number[], shape);
    place += list.length;
  };
  for (let i = 0; i < length; i += innermost > 0 ? 1 : each) {
    if (innermost > 0) visit(value[i], i, (list) => takeNext(numbers(list, 0)));
    else takeNext(numbers(value.slice(i, i + each), i));
    if ((i + 1) % each === 0 || innermost === 0) yield;
  }
  return { data, shape };

  /** Calls back with the innermost arrays of an element, once it is sure that it is an array of the size of its neighbours. */
  function visit(list: unknown, index: number, each: (list: ArrayLike<unknown>) => void): void {
    indices.push(index);
    const axis = indices.length;
    if (!isList(list)) {
      if (typeof list === "number") refuseRank("a number");
      throw new TypeError(`Cannot ${action}: ${at(indices)} is ${printed(list)}, a number is wanted`);
    }
    if (isNumberArray(list)) refuseDetached(action, at(indices), list);
    if (list.length !== shape[axis]) {
      throw new ShapeError(
        `Cannot ${action}: ${at(indices)} has ${list.length} elements, its neighbours have ${shape[axis]}; arrays of equal length are wanted`,
      );
    }
    if (axis === innermost) each(list);
    else for (let i = 0; i < list.length; i++) visit(list[i], i, each);
    indices.pop();
  }

  function numbers(list: ArrayLike<unknown>, first: number): readonly unknown[] {
    for (let i = 0; !ArrayBuffer.isView(list) && i < list.length; i++) {
      const element = list[i];
      if (typeof element === "number") continue;
      indices.push(first + i);
      if (isList(element)) refuseRank("an array");
      throw new TypeError(`Cannot ${action}: ${at(indices)} is ${printed(element)}, a number is wanted`);
    }
    return list as readonly unknown[];
  }

  function refuseRank(what: string): never {
    throw new ShapeError(
      `Cannot ${action}: ${at(indices)} is ${what}, by its first elements ${name} has shape ${printedShape(shape)}`,
    );
  }

  function at(place: readonly number[]): string {
    return place.length === 0 ? name : `${name}[${place.join(", ")}]`;
  }
}
