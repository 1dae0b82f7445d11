// How far a float32 pass may lie from the float64 one: the tolerance of a comparison, derived instead of guessed.
import { logisticParameters, rectifierParameters } from "./activation.ts";
import { at } from "./at.ts";
import type { Activation } from "./description.ts";
import { type Factors, forward } from "./forward.ts";
import type { DenseNode, Network } from "./network.ts";

/** A float32 pre-activation may differ by this much of Σ|w x| (the forward accuracy the project promises). */
export const PRE_ACTIVATION_TOLERANCE = 1e-6;
/** The same for the relaxed-SIMD build, whose last bits depend on the host. */
export const RELAXED_PRE_ACTIVATION_TOLERANCE = 1.1e-5;
// A few float32 roundings (2^-24 each) inside an activation, of its activity where that is above 1.
const ACTIVATION_TOLERANCE = 5e-7;
// One float32 rounding of the rate's scale, one of the product, one of what is stored.
const SCALING_TOLERANCE = 2e-7;

export interface BoundedPass {
  readonly activities: readonly Float64Array[];
  /** Per node and unit: the largest difference that rounding explains. */
  readonly tolerances: readonly Float64Array[];
}

/** Returns every node's float64 activities with the tolerance of each, errors below carried through weights and slopes. */
export function boundedForward(
  network: Network,
  x: ArrayLike<number>,
  factors: Factors,
  preActivationTolerance: number = PRE_ACTIVATION_TOLERANCE,
): BoundedPass {
  const { activities } = forward(network, x, factors);
  const tolerances: Float64Array[] = [];
  network.nodes.forEach((node, index) => {
    const below = node.sources.map((source) => at(tolerances, source));
    const values = node.sources.map((source) => at(activities, source));
    if (node.kind === "input") {
      tolerances.push(new Float64Array(node.width));
    } else if (node.kind === "dense") {
      const errors = preActivationErrors(
        network,
        node,
        at(values, 0),
        at(below, 0),
        factors[index],
        preActivationTolerance,
      );
      tolerances.push(activityErrors(node.activation, errors, at(activities, index)));
    } else if (node.kind === "dropout") {
      const activity = at(activities, index);
      tolerances.push(
        at(below, 0).map(
          (error, u) => error * at(factors[index] ?? [], u) + SCALING_TOLERANCE * Math.abs(at(activity, u)),
        ),
      );
    } else if (node.kind === "concat") {
      tolerances.push(Float64Array.from(below.flatMap((errors) => [...errors])));
    } else {
      tolerances.push(
        at(below, 0).map((_, u) => {
          const size = values.reduce((sum, value) => sum + Math.abs(at(value, u)), 0);
          return below.reduce((sum, errors) => sum + at(errors, u), SCALING_TOLERANCE * size);
        }),
      );
    }
  });
  return { activities, tolerances };
}

function preActivationErrors(
  network: Network,
  node: DenseNode,
  x: Float64Array,
  errors: Float64Array,
  factor: Float64Array | undefined,
  tolerance: number,
): Float64Array {
  const kernel = at(network.parameters, node.kernel);
  return Float64Array.from({ length: node.width }, (_, j) => {
    let size = node.bias === undefined ? 0 : Math.abs(at(at(network.parameters, node.bias), j));
    let carried = 0;
    x.forEach((value, i) => {
      const weight = Math.abs(at(kernel, i * node.width + j)) * (factor ? at(factor, i * node.width + j) : 1);
      size += weight * Math.abs(value);
      carried += weight * at(errors, i);
    });
    return tolerance * size + carried;
  });
}

// Each activation is Lipschitz: λ/4 for a logistic unit, 1/2 in the largest norm for softmax, 1.129 for GELU (at S = √2).
function activityErrors(
  activation: Activation,
  errors: Float64Array,
  activities: Float64Array,
): Float64Array {
  const rounded = (slope: number): Float64Array =>
    errors.map(
      (error, unit) => slope * error + ACTIVATION_TOLERANCE * Math.max(1, Math.abs(at(activities, unit))),
    );
  const logistic = logisticParameters(activation);
  if (logistic) return rounded(logistic.lambda / 4);
  const rectifier = rectifierParameters(activation);
  if (rectifier) return rounded(Math.max(1, rectifier.alpha));
  if (activation === "gelu") return rounded(1.129);
  if (activation === "tanh" || activation === "softplus") return rounded(1);
  if (activation === "softmax") {
    const largest = errors.reduce((most, error) => Math.max(most, error), 0);
    return errors.map(() => largest / 2 + ACTIVATION_TOLERANCE);
  }
  return errors;
}
