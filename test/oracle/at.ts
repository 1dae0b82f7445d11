/** Returns element `index`, or throws where there is none: a naive program must not compute with a hole. */
export function at<T>(values: ArrayLike<T>, index: number): T {
  if (!(Number.isInteger(index) && index >= 0 && index < values.length)) {
    throw new RangeError(`Cannot read element: index ${index}, wanted an integer in [0, ${values.length})`);
  }
  return values[index] as T;
}
