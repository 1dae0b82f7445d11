import { integer, oneOf, onlyOptions } from "../argument.js";
import { toExamples } from "../examples.js";
import { checkLoss, isRegression, type Loss } from "../loss.js";
import { type Masks, maskKinds } from "../mcResult.js";
import { MOST_SAMPLES, type PredictMCOptions } from "../monteCarlo.js";
import type { Network } from "../network.js";
import { checkPool } from "../pool.js";
import { type LongCallOptions, Schedule } from "../schedule.js";
import { meanOf } from "../scores/values.js";
import { checkSeed } from "../seed.js";
import { withSnapshot } from "../snapshot.js";
import type { Tensor, TensorLike } from "../tensor.js";
import { checkVariant, instanceOf, type VariantName } from "../variant.js";
import { score, scoreInPool } from "./scored.js";
import { checkTau } from "./weightDecay.js";

/** The options of `predictiveLogLikelihood()`; progress counts passes of a row through a sampled subnetwork. */
export interface LogLikelihoodOptions
  extends LongCallOptions,
    Pick<PredictMCOptions, "samples" | "seed" | "masks" | "variant" | "pool"> {
  /** What the likelihood is that of; default `"meanSquaredError"`, a normal one. */
  readonly loss?: Loss | undefined;
  /** Precision of the noise, above 0: with `"meanSquaredError"`, and only with it. */
  readonly tau?: number | undefined;
}

/** How probable observations are under a sampled network, in nats. */
export interface PredictiveLogLikelihood {
  /** The mean over the rows. */
  mean: number;
  /** `log p(y)` of each row, `[batch]`; `-Infinity` of a class to which every sample gives a float32 probability of 0. */
  perRow: Tensor<Float64Array>;
  info: { samples: number; seed: number; masks: Masks; variant: VariantName };
}

/** Returns the log-likelihood of targets under the mixture of the sampled subnetworks. */
export async function predictiveLogLikelihood(
  network: Network,
  x: TensorLike,
  y: TensorLike,
  options: LogLikelihoodOptions,
): Promise<PredictiveLogLikelihood> {
  const action = "compute a predictive log-likelihood";
  network.atHome(action);
  onlyOptions(action, options, [
    "loss",
    "tau",
    "samples",
    "seed",
    "masks",
    "variant",
    "pool",
    "signal",
    "onProgress",
  ]);
  const { samples = 100, seed = network.architecture.seed, masks = "shared" } = options;
  const loss = checkLoss(action, options.loss ?? "meanSquaredError");
  const { batch, targets } = toExamples(action, network, ["x", "y", ""], x, y, loss, {});
  const request = {
    ...{ batch, targets, loss },
    tau: checkTau(action, loss.name, options.tau),
    samples: integer(action, "samples", samples, 1, MOST_SAMPLES),
    seed: checkSeed(action, seed),
    masks: oneOf(action, "masks", masks, maskKinds),
  };
  const variant = checkVariant(action, options.variant);
  const pool = checkPool(action, options.pool);
  const schedule = new Schedule(action, samples * batch.rows, options, () => network.refuseDisposed(action));
  const { predictive, name } = await withSnapshot(network, action, async (snapshot) => {
    const instance = await instanceOf(variant);
    const call = { action, network, snapshot, instance, request, schedule };
    const predictive = pool === undefined ? (await score(call)).predictive : await scoreInPool(pool, call);
    return { predictive, name: instance.name };
  });
  await schedule.finish();
  const mean = isRegression(loss)
    ? meanOf(action, predictive, "row")
    : predictive.reduce((sum, value) => sum + value, 0) / batch.rows;
  const info = { samples, seed, masks: request.masks, variant: name };
  return { mean, perRow: { data: predictive, shape: [batch.rows] }, info };
}
