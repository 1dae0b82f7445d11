import { finite, integer, onlyOptions } from "./argument.js";
import { enumerate, evaluationsOf, planRequest } from "./exact.js";
import type { ExactPlan } from "./exactPlan.js";
import type { ExactResult, Statistics } from "./exactResult.js";
import type { MCResult } from "./mcResult.js";
import { restrictToUnit } from "./mcResult.js";
import { MOST_SAMPLES, sample } from "./monteCarlo.js";
import type { Network } from "./network.js";
import { type LongCallOptions, Schedule } from "./schedule.js";
import { checkSeed } from "./seed.js";
import { bySelection, type LayerReference, type LayerReferences } from "./selection.js";
import { withSnapshot } from "./snapshot.js";
import type { Tensor, TensorLike } from "./tensor.js";
import { type Instance, simd128Instance } from "./wasm/instance.js";

/** The options of `crossCheck()`; progress counts subnetwork passes of a row, enumerated and sampled. */
export interface CrossCheckOptions extends LongCallOptions {
  /** Subnetworks to draw, an integer of at least 2; default 10,000. */
  readonly samples?: number | undefined;
  /** Integer in `[0, 2^53)`; default that of the model. */
  readonly seed?: number | undefined;
  /** Which layer, or layers; default the output. */
  readonly layer?: LayerReference | LayerReferences | undefined;
  /** A single unit of the layer; default all. */
  readonly unit?: number | undefined;
  /** Probability, in `(0, 1)`, that a correct sampler is said to disagree, over all that is compared; default 0.001. */
  readonly alpha?: number | undefined;
  /** Evaluations above which the request is refused; default 2^28. */
  readonly budget?: number | undefined;
}

/** Exact statistics beside sampled ones. */
export interface CrossCheck {
  exact: ExactResult;
  sampled: MCResult;
  /** `(sampled mean − E) / √(V / samples)`, with a floor for float32 rounding; `[batch, ...layer shape]`. */
  zMean: Tensor<Float64Array>;
  /** The same of the variance, by the exact V and fourth moment. */
  zVariance: Tensor<Float64Array>;
  /** What `|z|` may reach: family-wise at `alpha`, over every mean and variance of the call. */
  threshold: number;
  /** Whether every `|z|` is within the threshold. */
  agrees: boolean;
  /** The largest `|z|`, largest first. */
  worst: Disagreement[];
}

/** One comparison of a {@link CrossCheck}. */
export interface Disagreement {
  layer: string;
  row: number;
  unit: number;
  statistic: "mean" | "variance";
  z: number;
  exact: number;
  sampled: number;
}

/** How many comparisons `worst` lists. */
const WORST = 5;

/** Returns exact and sampled statistics of the selected layers, and how far they are apart. */
export async function crossCheck(
  network: Network,
  x: TensorLike,
  options: CrossCheckOptions,
): Promise<CrossCheck | Record<string, CrossCheck>> {
  const action = "run crossCheck()";
  network.atHome(action);
  onlyOptions(action, options, [
    "samples",
    "seed",
    "layer",
    "unit",
    "alpha",
    "budget",
    "signal",
    "onProgress",
  ]);
  const { samples = 10_000, seed = network.architecture.seed, alpha = 0.001 } = options;
  integer(action, "samples", samples, 2, MOST_SAMPLES);
  checkSeed(action, seed);
  const inside = (value: number) => value > 0 && value < 1;
  finite(action, "alpha", alpha, "in (0, 1)", inside);
  const request = planRequest(network, action, x, options, "crossCheck");
  const { batch, selection, unit } = request;
  const total = evaluationsOf(request) + samples * batch.rows;
  const schedule = new Schedule(action, total, options, () => network.refuseDisposed(action));
  const sampling = {
    batch,
    selection,
    samples,
    seed,
    masks: "shared",
    tau: undefined,
    keepSamples: false,
  } as const;
  const instance = simd128Instance();
  // Both halves are of the same weights.
  const { statistics, sampled } = await withSnapshot(network, action, async (snapshot) => ({
    statistics: await enumerate(network, snapshot, action, request, schedule),
    sampled: await sample(network, snapshot, instance, action, sampling, schedule),
  }));
  await schedule.finish();
  const comparisons = 2 * statistics.reduce((sum, layer) => sum + layer.values("mean").length, 0);
  const threshold = instance.run(({ zThreshold }) => zThreshold(alpha, comparisons));
  const checks = selection.layers.map(({ name }, index) => {
    const layer = statistics[index] as Statistics;
    const exact = layer.result(request.plans[index] as ExactPlan);
    const drawn = sampled[index] as MCResult;
    const restricted = unit === undefined ? drawn : restrictToUnit(drawn, unit);
    return compare(instance, name, unit ?? 0, layer, exact, restricted, threshold);
  });
  return bySelection(selection, checks);
}

function compare(
  instance: Instance,
  layer: string,
  firstUnit: number,
  statistics: Statistics,
  exact: ExactResult,
  sampled: MCResult,
  threshold: number,
): CrossCheck {
  const { samples } = sampled.info;
  const variance = statistics.values("variance");
  const floor = statistics.values("roundingFloor");
  const zMean = instance.run((b) =>
    b.zMean(sampled.mean.data, statistics.values("mean"), variance, floor, samples),
  );
  const zVariance = instance.run((b) =>
    b.zVariance(sampled.variance.data, variance, statistics.values("fourthMoment"), floor, samples),
  );
  const width = zMean.length / (exact.mean.shape[0] as number);
  const listed = (z: Float64Array, statistic: "mean" | "variance") =>
    Array.from(z, (value, index): Disagreement => {
      const row = Math.floor(index / width);
      const [exactValue, sampledValue] = [exact[statistic].data[index], sampled[statistic].data[index]] as [
        number,
        number,
      ];
      const unit = firstUnit + (index % width);
      return { layer, row, unit, statistic, z: value, exact: exactValue, sampled: sampledValue };
    });
  const all = [...listed(zMean, "mean"), ...listed(zVariance, "variance")];
  const { shape } = exact.mean;
  return {
    exact,
    sampled,
    zMean: { data: zMean, shape: [...shape] },
    zVariance: { data: zVariance, shape: [...shape] },
    threshold,
    // Not `every(…) <=` negated: a NaN has to disagree.
    agrees: all.every(({ z }) => Math.abs(z) <= threshold),
    worst: all.sort((a, b) => size(b.z) - size(a.z)).slice(0, WORST),
  };
}

/** Returns `|z|`; a NaN counts as the largest. */
function size(z: number): number {
  return Number.isNaN(z) ? Number.POSITIVE_INFINITY : Math.abs(z);
}
