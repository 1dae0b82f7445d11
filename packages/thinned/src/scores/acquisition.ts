import { printed, printedShape } from "../argument.js";
import { ShapeError } from "../errors.js";
import type { Tensor, TensorLike } from "../tensor.js";
import { baseInstance } from "../wasm/instance.js";
import { refuseNoDistribution } from "./classes.js";
import { byRows, toSamples } from "./samples.js";
import { everyValue, hasFields, toFloat64 } from "./values.js";

/**
 * What sampled subnetworks say of the classes of rows: class probabilities `[samples, batch, classes]` (or `[samples, batch]`, those
 * of class 1 of two), such as the `samples` that `predictMC()` keeps; or a result of `predictMC()`, which has the answer already.
 */
export type ClassSamples<Field extends string> =
  | TensorLike
  | { readonly [Name in Field]?: Tensor<Float64Array> | undefined };

/**
 * Returns the mutual information between the label of a row and the weights, `H[E p] − E H[p]`, in nats, `[batch]`: BALD (Houlsby
 * et al. 2011). It is large where subnetworks are sure and disagree, and so where a label would teach most; rows that are
 * ambiguous to every subnetwork have none.
 *
 * To choose rows to label, take those of the largest values.
 *
 * @throws ShapeError when samples are not `[samples, batch, classes]`; RangeError when a row does not sum to 1 within 1e-4; TypeError
 *   when a result has no mutual information, since its output is no softmax or single logistic unit
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { scores } from "thinned";
 *
 * const disagree = [[[1, 0]], [[0, 1]]]; // Two subnetworks, one row, two classes.
 * const unsure = [[[0.5, 0.5]], [[0.5, 0.5]]];
 * assert.ok(Math.abs(scores.bald(disagree).data[0]! - Math.log(2)) < 1e-15);
 * assert.equal(scores.bald(unsure).data[0], 0);
 * assert.equal(scores.maxEntropy(disagree).data[0], scores.maxEntropy(unsure).data[0]);
 * ```
 */
export function bald(samples: ClassSamples<"mutualInformation">): Tensor<Float64Array> {
  return acquire("bald", "mutualInformation", samples);
}

/**
 * Returns the entropy of the mean probabilities of a row, `H[E p]`, in nats, `[batch]`, at most the logarithm of the number of classes:
 * large where the label is uncertain for whatever reason. Takes and throws what {@link bald} does.
 */
export function maxEntropy(samples: ClassSamples<"predictiveEntropy">): Tensor<Float64Array> {
  return acquire("maxEntropy", "predictiveEntropy", samples);
}

/**
 * Returns `1 − f/T`, with `f` of `T` subnetworks voting for the most frequent class of a row, `[batch]`, in [0, 1 − 1/classes]
 * (Freeman 1965). Takes and throws what {@link bald} does.
 */
export function variationRatio(samples: ClassSamples<"variationRatio">): Tensor<Float64Array> {
  return acquire("variationRatio", "variationRatio", samples);
}

/**
 * Returns the standard deviation of the probability of a class over subnetworks, `√(E p² − (E p)²)`, mean over classes, `[batch]`
 * (Kampffmeyer et al. 2016). Takes and throws what {@link bald} does; of a result it is that of its `variance`, whatever its outputs.
 */
export function meanStandardDeviation(samples: ClassSamples<"variance">): Tensor<Float64Array> {
  const of = ofResult(samples, "variance");
  if (of === undefined) return fromSamples("meanStandardDeviation", samples);
  everyValue("rank rows", "result.variance", of, "a number of at least 0", (number) => number >= 0);
  const [rows = 0] = of.shape;
  const data = baseInstance().run((boundary) => boundary.meanStandardDeviation(of.data, rows));
  return { data, shape: [rows] };
}

function acquire(name: string, field: string, samples: unknown): Tensor<Float64Array> {
  const of = ofResult(samples, field);
  if (of === undefined) return fromSamples(name, samples);
  if (of.shape.length === 1) return { data: of.data.slice(), shape: of.shape };
  throw new ShapeError(
    `Cannot rank rows: result.${field} has shape ${printedShape(of.shape)}, [batch] is wanted`,
  );
}

/** Returns the statistic of a result; undefined where `samples` are numbers. */
function ofResult(samples: unknown, field: string): Tensor<Float64Array> | undefined {
  if (!hasFields(samples)) return undefined;
  const { [field]: statistic } = samples;
  if (statistic !== undefined) return toFloat64("rank rows", `result.${field}`, statistic);
  throw new TypeError(
    `Cannot rank rows: the result has ${field} ${printed(statistic)}, that of a softmax or a single logistic output is wanted`,
  );
}

function fromSamples(name: string, value: unknown): Tensor<Float64Array> {
  const action = "rank rows";
  const samples = toSamples(action, value);
  const { values, width } = samples;
  if (values.shape.length > 3) {
    throw new ShapeError(
      `Cannot ${action}: samples has shape ${printedShape(values.shape)}, [samples, batch, classes] is wanted`,
    );
  }
  // Without an axis of classes, or with one of size 1, each number is the probability of class 1.
  refuseNoDistribution(action, "samples", values, width);
  const data = byRows(samples, (some, _, rows) =>
    baseInstance().run((boundary) => boundary.acquisition(name, some, rows, width)),
  );
  return { data, shape: [samples.rows] };
}
