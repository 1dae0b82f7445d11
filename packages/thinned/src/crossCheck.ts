import { finite, integer, onlyOptions } from "./argument.js";
import { type CrossCheck, judge, type Level, scoresOf } from "./crossCheckResult.js";
import { enumerate } from "./enumeration.js";
import { evaluationsOf } from "./exactBudget.js";
import type { ExactPlan } from "./exactPlan.js";
import { planRequest } from "./exactRequest.js";
import type { Statistics } from "./exactResult.js";
import type { MCResult } from "./mcResult.js";
import { restrictToUnit } from "./mcResult.js";
import { MOST_SAMPLES } from "./monteCarlo.js";
import type { Network } from "./network.js";
import { checkPool, type Pool } from "./pool.js";
import { sample } from "./sampling.js";
import { type LongCallOptions, Schedule } from "./schedule.js";
import { checkSeed } from "./seed.js";
import { bySelection, type LayerReference, type LayerReferences } from "./selection.js";
import { withSnapshot } from "./snapshot.js";
import { sizeOf, type TensorLike } from "./tensor.js";
import { simd128Instance } from "./wasm/instance.js";

/** The options of `crossCheck()`; progress counts evaluations of the exact part, and passes of a row through a sampled subnetwork. */
export interface CrossCheckOptions extends LongCallOptions {
  /** Subnetworks to draw, an integer of at least 2; default 10,000. */
  readonly samples?: number | undefined;
  /** Integer in `[0, 2^53)`; default that of the model. */
  readonly seed?: number | undefined;
  /** Which layer, or layers; default the output. Of a dropout layer, what it reads, before its gates. */
  readonly layer?: LayerReference | LayerReferences | undefined;
  /** A single unit of the layer; default all. */
  readonly unit?: number | undefined;
  /** Probability, in `(0, 1)`, that a correct sampler is said to disagree, over all that is compared, at most; default 0.001. */
  readonly alpha?: number | undefined;
  /** Evaluations of the exact part above which the request is refused: an integer, or `Infinity` for no limit; without it 2^28, and no more than an hour by the estimates. */
  readonly budget?: number | undefined;
  /** Workers to share the work; the result has the same bits as without. */
  readonly pool?: Pool | undefined;
}

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
    "pool",
    "signal",
    "onProgress",
  ]);
  const { samples = 10_000, seed = network.architecture.seed, alpha = 0.001 } = options;
  integer(action, "samples", samples, 2, MOST_SAMPLES);
  checkSeed(action, seed);
  const inside = (value: number) => value > 0 && value < 1;
  finite(action, "alpha", alpha, "in (0, 1)", inside);
  const planned = planRequest(network, action, x, options, "crossCheck");
  const { batch, selection, unit } = planned;
  const units = selection.layers.reduce(
    (sum, { shape }) => sum + (unit === undefined ? sizeOf(shape) : 1),
    0,
  );
  const level: Level = { alpha, comparisons: 2 * batch.rows * units, samples };
  const pool = checkPool(action, options.pool);
  const total = evaluationsOf(planned) + samples * batch.rows;
  const schedule = new Schedule(action, total, options, () => network.refuseDisposed(action));
  const sampling = {
    batch,
    firstRow: 0,
    selection,
    samples,
    seed,
    masks: "shared",
    tau: undefined,
    keepSamples: false,
    integrateLast: false,
    geometricMeans: false,
  } as const;
  // Both halves are of the same weights: those of the moment of the call.
  const { statistics, sampled, threshold, instance } = await withSnapshot(
    network,
    action,
    async (snapshot) => {
      const instance = await simd128Instance();
      const [threshold, outside] = instance.run((b) =>
        b.crossCheckLevel(level.alpha, level.comparisons, level.samples),
      ) as unknown as readonly [number, number];
      const request = { ...planned, outside };
      return {
        statistics: await enumerate({ action, network, snapshot, request, schedule }, { pool }),
        sampled: await sample({ action, network, snapshot, instance, request: sampling, schedule }, pool),
        threshold,
        instance,
      };
    },
  );
  await schedule.finish();
  const checks = selection.layers.map(({ name }, index) => {
    const layer = statistics[index] as Statistics;
    const exact = layer.result(planned.plans[index] as ExactPlan);
    const drawn = sampled[index] as MCResult;
    const restricted = unit === undefined ? drawn : restrictToUnit(drawn, unit);
    const scores = scoresOf(instance, level, layer, restricted);
    return { exact, sampled: restricted, ...judge(name, unit ?? 0, exact, restricted, scores), threshold };
  });
  return bySelection(selection, checks);
}
