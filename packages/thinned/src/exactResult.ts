import type { Values } from "./exactPart.js";
import type { ExactMethod, ExactPlan } from "./exactPlan.js";
import { sizeOf, type Tensor } from "./tensor.js";

/** Statistics over all subnetworks, `[batch, ...layer shape]` (`[batch, 1]` with `unit`), in float64. */
export interface ExactResult {
  /** The ensemble mean E. */
  mean: Tensor<Float64Array>;
  /** The ensemble variance V. */
  variance: Tensor<Float64Array>;
  /** The standard deviation `σ_O = √V`: the smaller, the more consistent the unit (Baldi & Sadowski 2013, §3.2). */
  consistency: Tensor<Float64Array>;
  /** The activity O* of the weight-scaled network. */
  deterministic: Tensor<Float64Array>;
  /** Logistic units and softmax: the weighted geometric mean G. */
  geometricMean?: Tensor<Float64Array>;
  /** Logistic units: the weighted geometric mean G' of `1 − O`. */
  complementGeometricMean?: Tensor<Float64Array>;
  /** Logistic units: `G / (G + G')`; softmax: `G_k / Σ G_j`. */
  nwgm?: Tensor<Float64Array>;
  /** Logistic units: second-order estimates (Baldi & Sadowski 2013, eq. 15-20); `gap` is of E − NWGM. */
  secondOrder?: SecondOrder;
  /** Logistic units: bounds of the gap E − NWGM to second order (eq. 22), and of E − G (Cartwright & Field). */
  bounds?: Bounds;
  /** With `moments: "full"`: the covariances of the units, `[batch, units, units]`. */
  covariance?: Tensor<Float64Array>;
  /** With `moments: "full"`, softmax or single logistic output: entropy of the mean `H[E O]`, in nats, `[batch]`. */
  predictiveEntropy?: Tensor<Float64Array>;
  /** With `moments: "full"`, softmax or single logistic output: mean of the entropies `E H[O]`, in nats, `[batch]`. */
  expectedEntropy?: Tensor<Float64Array>;
  /** With `moments: "full"`, softmax or single logistic output: their difference (BALD), in nats, `[batch]`. */
  mutualInformation?: Tensor<Float64Array>;
  /**
   * With `conditional`: `E[O | δ_i = 1]`, the mean over the subnetworks that keep gate `i`, `[batch, ...layer shape, gates]`; gates
   * in the order of layers, then of units (of weights, for gated connections), those of rate 0 left out.
   */
  conditionalMean?: Tensor<Float64Array>;
  /**
   * An absolute bound of the rounding error, from the sizes of weights and inputs and, of enumerations, the moments that were found: of
   * `mean`, `variance`, `deterministic`, the geometric means and `nwgm`, and of what `moments` and `conditional` add. Second-order estimates and the bounds from V and E are off by up to four times as much,
   * `consistency`, which is √V, by up to `√errorBound`. It says nothing of `bounds.cartwrightField`, whose relative error is that of V.
   */
  errorBound: number;
  /** `2^n` for the n gates upstream with a rate above 0. */
  subnetworks: bigint;
  /**
   * Evaluations that these statistics took, over all rows, as the method counts them ({@link ExactPlan.evaluationsPerRow}), with those of
   * `moments` and `conditional`; layers of one walk share theirs.
   */
  evaluations: number;
  method: ExactMethod;
}

/** Estimates from E and V alone. */
export interface SecondOrder {
  /** `E − V`. */
  geometricMean: Tensor<Float64Array>;
  /** `(E − V) / (1 − 2V)`. */
  nwgm: Tensor<Float64Array>;
  /** `V(1 − 2E) / (1 − 2V)`. */
  gap: Tensor<Float64Array>;
}

/** Bounds from E, V, and the least and greatest activity. */
export interface Bounds {
  /** `V|1 − 2E| / (1 − 2V)`. */
  fromVariance: Tensor<Float64Array>;
  /** `E(1 − E)|1 − 2E| / (1 − 2E(1 − E))`. */
  fromMean: Tensor<Float64Array>;
  /** `2E(1 − E)|1 − 2E|`. */
  fromMeanLoose: Tensor<Float64Array>;
  /**
   * `V / (2 max O) ≤ E − G ≤ V / (2 min O)`; by `characteristic` and `conditioned`, which know V within `errorBound` and no closer, with `V ∓ errorBound`. The least and the greatest activity are those of the extreme
   * subnetworks, however unlikely. `upper` is `Infinity` where the least is 0, or so near to it that the quotient is beyond
   * float64: an activity is below the least positive float64 where a pre-activation of some subnetwork is below about −745.
   */
  cartwrightField: { lower: Tensor<Float64Array>; upper: Tensor<Float64Array> };
}

/** The statistics as the boundary names them. */
export const statisticNames = [
  "mean",
  "variance",
  "consistency",
  "deterministic",
  "fourthMoment",
  "roundingFloor",
  "least",
  "largest",
  "errorBound",
  "geometricMean",
  "complementGeometricMean",
  "nwgm",
  "secondOrder.geometricMean",
  "secondOrder.nwgm",
  "secondOrder.gap",
  "bounds.fromVariance",
  "bounds.fromMean",
  "bounds.fromMeanLoose",
  "bounds.cartwrightField.lower",
  "bounds.cartwrightField.upper",
] as const;

type StatisticName = (typeof statisticNames)[number];

/** Returns the name that values of the layer in this place go by. */
export function nameOf(layer: number, name: StatisticName | "units" | "bound"): string {
  return layer === 0 ? name : `${layer} ${name}`;
}

/** What a cross-check compares by. */
export type CommonStatisticName =
  | "mean"
  | "variance"
  | "fourthMoment"
  | "least"
  | "largest"
  | "roundingFloor"
  | "errorBound";

/** The statistics of a layer, put together from the chunks of its rows. */
export class Statistics {
  readonly #shape: readonly number[];
  readonly #values = new Map<StatisticName, Float64Array>();
  #errorBound = 0;

  /** `shape` is that of the result, `[batch, …]`. */
  constructor(shape: readonly number[]) {
    this.#shape = shape;
  }

  /**
   * Puts what was found of a layer for consecutive rows in its place: `layer` is its place in the walk, `firstRow` the first of those
   * rows, and `firstUnit` the first unit of the result.
   */
  place(found: Values, layer: number, firstRow: number, firstUnit: number): void {
    const [rows = 1] = this.#shape;
    const width = sizeOf(this.#shape) / rows;
    const units = found[nameOf(layer, "units")] as Float64Array;
    for (const name of statisticNames) {
      const values = found[nameOf(layer, name)];
      if (values === undefined) continue;
      let all = this.#values.get(name);
      if (all === undefined) {
        all = new Float64Array(rows * width); // [rows, width]
        this.#values.set(name, all);
      }
      if (units.length === width) {
        all.set(values, firstRow * width);
        continue;
      }
      for (let index = 0; index < values.length; index++) {
        const row = firstRow + Math.floor(index / units.length);
        const column = (units[index % units.length] as number) - firstUnit;
        all[row * width + column] = values[index] as number;
      }
    }
    this.#errorBound = Math.max(this.#errorBound, ...(found[nameOf(layer, "bound")] as Float64Array));
  }

  /** Returns the values of a statistic that every layer has; those of ranges only where the run looked for them. */
  values(name: CommonStatisticName): Float64Array {
    return this.#values.get(name) as Float64Array;
  }

  result(plan: ExactPlan): ExactResult {
    const [rows = 1] = this.#shape;
    const result: ExactResult = {
      mean: this.#tensor("mean"),
      variance: this.#tensor("variance"),
      consistency: this.#tensor("consistency"),
      deterministic: this.#tensor("deterministic"),
      errorBound: this.#errorBound,
      subnetworks: plan.subnetworks,
      evaluations: plan.evaluationsPerRow * rows,
      method: plan.method,
    };
    for (const name of ["geometricMean", "complementGeometricMean", "nwgm"] as const) {
      if (this.#values.has(name)) result[name] = this.#tensor(name);
    }
    if (this.#values.has("secondOrder.gap")) {
      result.secondOrder = {
        geometricMean: this.#tensor("secondOrder.geometricMean"),
        nwgm: this.#tensor("secondOrder.nwgm"),
        gap: this.#tensor("secondOrder.gap"),
      };
    }
    if (this.#values.has("bounds.fromVariance")) {
      result.bounds = {
        fromVariance: this.#tensor("bounds.fromVariance"),
        fromMean: this.#tensor("bounds.fromMean"),
        fromMeanLoose: this.#tensor("bounds.fromMeanLoose"),
        cartwrightField: {
          lower: this.#tensor("bounds.cartwrightField.lower"),
          upper: this.#tensor("bounds.cartwrightField.upper"),
        },
      };
    }
    return result;
  }

  #tensor(name: StatisticName): Tensor<Float64Array> {
    return { data: this.#values.get(name) as Float64Array, shape: [...this.#shape] };
  }
}
