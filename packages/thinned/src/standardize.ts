import { onlyOptions, printed, printedShape } from "./argument.js";
import { ShapeError } from "./errors.js";
import { indexed, type Tensor, type TensorLike, toFloat64Tensor } from "./tensor.js";
import { baseInstance } from "./wasm/instance.js";

/** The options of `standardize()`. */
export interface StandardizeOptions {
  /** What the rows are called in messages; default `"rows"`. */
  readonly name?: string | undefined;
  /** What the columns are called in messages; default their numbers. */
  readonly columns?: readonly string[] | undefined;
}

/** Takes columns to mean 0 and standard deviation 1, and back, by the statistics of the rows that it was made from. */
export interface Standardizer {
  /** Of each column. */
  readonly mean: readonly number[];
  /** Of each column, divisor the number of rows; above 0. */
  readonly deviation: readonly number[];
  /** Returns `(x − mean) / deviation`, of the shape of `x`. */
  transform(x: TensorLike): Tensor<Float64Array>;
  /** Returns `x · deviation + mean`, of the shape of `x`; variances are multiplied by the square of `deviation` instead. */
  inverse(x: TensorLike): Tensor<Float64Array>;
}

/**
 * Returns what standardises data by the statistics of these rows, `[rows]` or `[rows, columns]`: those that are trained on, and no others.
 *
 * A density of standardised targets is `deviation` times that of the targets: log-likelihoods in the units of before are `log deviation`
 * less, errors are `deviation` times as large, and precisions `1/deviation²` times.
 *
 * @throws RangeError when a column is constant, by its name, or what `transform` or `inverse` return is not finite
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { standardize } from "thinned";
 *
 * const scale = standardize([[1, 10], [3, 30]]);
 * assert.deepEqual([...scale.transform([[1, 30], [5, 20]]).data], [-1, 1, 3, 0]);
 * assert.deepEqual([...scale.inverse([[0, 1]]).data], [2, 30]);
 * ```
 */
export function standardize(rows: TensorLike, options: StandardizeOptions = {}): Standardizer {
  const action = "standardize";
  onlyOptions(action, options, ["name", "columns"]);
  const { name = "rows", columns: names } = options;
  if (typeof name !== "string") {
    throw new TypeError(`Cannot ${action}: name is ${printed(name)}, a string is wanted`);
  }
  if (names !== undefined && !(Array.isArray(names) && names.every((one) => typeof one === "string"))) {
    throw new TypeError(`Cannot ${action}: columns is ${printed(names)}, an array of names is wanted`);
  }
  const { data, shape } = toFloat64Tensor(action, name, rows);
  const columns = shape.length === 1 ? 1 : (shape[1] ?? 0);
  if (shape.length === 0 || shape.length > 2 || data.length === 0) {
    throw new ShapeError(
      `Cannot ${action}: ${name} has shape ${printedShape(shape)}, [rows] or [rows, columns] with at least one row is wanted`,
    );
  }
  if (names !== undefined && names.length !== columns) {
    throw new ShapeError(
      `Cannot ${action}: columns has ${names.length} names, one for each of the ${columns} columns of ${name} is wanted`,
    );
  }
  const statistics = baseInstance().run((boundary) => boundary.columnStatistics(data, columns));
  const [mean, deviation] = [[...statistics.subarray(0, columns)], [...statistics.subarray(columns)]];
  const constant = deviation.indexOf(0);
  if (constant >= 0) {
    const called = names === undefined ? `column ${constant}` : `column ${printed(names[constant])}`;
    const first = data[constant];
    const varies = data.some((value, i) => i % columns === constant && value !== first);
    const state = varies ? "varying by less than float64 can hold" : `constant, ${first} in every row`;
    throw new RangeError(
      `Cannot ${action}: ${shape.length === 1 ? name : `${called} of ${name}`} is ${state}; numbers that vary are wanted, or one column fewer`,
    );
  }
  const apply = (verb: string, x: TensorLike, one: (value: number, m: number, d: number) => number) => {
    const tensor = toFloat64Tensor(verb, "x", x);
    const { shape: wanted } = tensor;
    const width = wanted.length === 1 && columns === 1 ? 1 : wanted[1];
    if (wanted.length > 2 || width !== columns) {
      throw new ShapeError(
        `Cannot ${verb}: x has shape ${printedShape(wanted)}, ${printedShape(["rows", columns])} is wanted`,
      );
    }
    const changed = tensor.data.map((value, i) =>
      one(value, mean[i % columns] as number, deviation[i % columns] as number),
    );
    const beyond = changed.findIndex((value) => !Number.isFinite(value));
    if (beyond >= 0) {
      throw new RangeError(
        `Cannot ${verb}: ${indexed("x", wanted, beyond)}, ${tensor.data[beyond]}, becomes ${changed[beyond]}, finite numbers are wanted`,
      );
    }
    return { data: changed, shape: tensor.shape };
  };
  return {
    mean,
    deviation,
    transform: (x) => apply("standardize", x, deviations),
    inverse: (x) => apply("undo a standardization", x, (value, m, d) => value * d + m),
  };
}

/** Returns `(value − mean) / deviation`; by halves where the difference is beyond the range. */
function deviations(value: number, mean: number, deviation: number): number {
  const difference = value - mean;
  return Number.isFinite(difference) ? difference / deviation : ((value / 2 - mean / 2) / deviation) * 2;
}
