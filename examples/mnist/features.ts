import type { Model } from "thinned";
import type { Digits } from "./dataset.ts";

interface Matrix {
  readonly data: Float32Array;
  readonly shape: number[];
}

/** The `count` columns of `matrix` that vary most over its rows, by their variance. */
function mostVaried({ data, shape }: Matrix, count: number): number[] {
  const [rows = 0, columns = 0] = shape;
  const sums = new Float64Array(columns);
  const squares = new Float64Array(columns);
  for (let at = 0; at < rows * columns; at++) {
    const value = data[at] as number;
    const column = at % columns;
    sums[column] = (sums[column] as number) + value;
    squares[column] = (squares[column] as number) + value * value;
  }
  const variance = (column: number) =>
    (squares[column] as number) / rows - ((sums[column] as number) / rows) ** 2;
  return [...sums.keys()].sort((first, second) => variance(second) - variance(first)).slice(0, count);
}

function selectColumns({ data, shape }: Matrix, columns: readonly number[]): Matrix {
  const [rows = 0, width = 0] = shape;
  const selected = new Float32Array(rows * columns.length); // [rows, columns]
  for (let row = 0; row < rows; row++) {
    for (const [at, column] of columns.entries()) {
      selected[row * columns.length + at] = data[row * width + column] as number;
    }
  }
  return { data: selected, shape: [rows, columns.length] };
}

/**
 * Activities of the units of the second hidden layer that vary most over the training rows, for all rows of
 * both sets.
 *
 * @param trunk The network up to that layer.
 */
export function hiddenFeatures(
  trunk: Model,
  { train, test }: { train: Digits; test: Digits },
  count: number,
): { train: Matrix; test: Matrix } {
  const activities = trunk.predict(train.images);
  const units = mostVaried(activities, count);
  return { train: selectColumns(activities, units), test: selectColumns(trunk.predict(test.images), units) };
}
