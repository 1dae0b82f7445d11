import { integer, onlyOptions, positive, printed } from "../argument.js";
import { toExamples } from "../examples.js";
import { checkLoss, isRegression, type Loss } from "../loss.js";
import { MOST_SAMPLES, type PredictMCOptions } from "../monteCarlo.js";
import type { Network } from "../network.js";
import { type LongCallOptions, Schedule } from "../schedule.js";
import { checkSeed } from "../seed.js";
import { withSnapshot } from "../snapshot.js";
import type { TensorLike } from "../tensor.js";
import { checkVariant, instanceOf, type VariantName } from "../variant.js";
import { checkPrior, type Prior } from "./prior.js";
import { score } from "./scored.js";

/**
 * The options of `elbo()`; progress counts passes of a row through a sampled subnetwork. It runs in the calling thread: a sample is
 * summed over all rows in their order.
 */
export interface ElboOptions extends LongCallOptions, Pick<PredictMCOptions, "seed" | "variant"> {
  readonly prior: Omit<Prior, "rows">;
  /** What the likelihood is that of; default `"meanSquaredError"`, a normal one with the precision `prior.tau`. */
  readonly loss?: Loss | undefined;
  /** Subnetworks to draw, an integer of at least 2; default 100. */
  readonly samples?: number | undefined;
  /**
   * Standard deviation, above 0, of the components of the approximate posterior: the divergence is then the whole one. Without it,
   * it is that in the limit of 0, less a constant that depends on `sigma`, `lengthScale` and the number of weights alone.
   */
  readonly sigma?: number | undefined;
}

/** The evidence lower bound of a dropout network and its terms, in nats, over all rows. */
export interface Elbo {
  /** `expectedLogLikelihood − kl`. */
  elbo: number;
  /** `E_q log p(Y | X, ω)`, estimated by sampled subnetworks. */
  expectedLogLikelihood: number;
  /** Of the expected log-likelihood, and so of the bound, by sampling. */
  standardError: number;
  /** `KL(q ‖ prior)`: `quadratic − entropy`, and with `sigma` also `+ constant + overlap`. */
  kl: number;
  /** `(l²/2)·E_q‖W‖²`, what the L2 penalty is. */
  quadratic: number;
  /** `Σ H(p)` over the gates that act on weights. */
  entropy: number;
  /** With `sigma`: `½(σ²l² − 1 − log σ²l²)` for every weight. */
  constant?: number;
  /** With `sigma`: `Σ E H(z | W)`, what a draw of the weights does not tell of its gate; 0 where `σ` is small. */
  overlap?: number;
  info: { samples: number; seed: number; variant: VariantName };
}

/** Returns the bound and its terms. */
export async function elbo(
  network: Network,
  x: TensorLike,
  y: TensorLike,
  options: ElboOptions,
): Promise<Elbo> {
  const action = "compute an ELBO";
  network.atHome(action);
  onlyOptions(action, options, [
    "prior",
    "loss",
    "samples",
    "seed",
    "sigma",
    "variant",
    "signal",
    "onProgress",
  ]);
  const { samples = 100, seed = network.architecture.seed, sigma, prior } = options;
  if ((prior as Prior | undefined)?.rows !== undefined) {
    throw new TypeError(
      `Cannot ${action}: prior.rows is ${printed((prior as Prior).rows)}, all rows are wanted in x and y`,
    );
  }
  const loss = checkLoss(action, options.loss ?? "meanSquaredError");
  const { batch, targets } = toExamples(action, network, ["x", "y", ""], x, y, loss, {});
  const { lengthScale, tau } = checkPrior(action, prior, loss, batch.rows);
  if (sigma !== undefined) positive(action, "sigma", sigma);
  const request = {
    ...{ batch, targets, loss, tau, masks: "shared" as const },
    samples: integer(action, "samples", samples, 2, MOST_SAMPLES),
    seed: checkSeed(action, seed),
  };
  const variant = checkVariant(action, options.variant);
  const schedule = new Schedule(action, samples * batch.rows, options, () => network.refuseDisposed(action));
  const { totals, terms, name } = await withSnapshot(network, action, async (snapshot) => {
    const instance = await instanceOf(variant);
    const inside = snapshot.inside(instance, action);
    // Before any sampling: it may refuse the network.
    const terms = instance.run((boundary) => boundary.divergenceTerms(inside, lengthScale, sigma));
    const scored = await score({ action, network, snapshot, instance, request, schedule });
    return { ...scored, terms, name: instance.name };
  });
  await schedule.finish();
  const [quadratic, entropy, constant, overlap] = terms as unknown as [number, number, number, number];
  const infinite = totals.findIndex((value) => !Number.isFinite(value));
  if (infinite >= 0) {
    const wanted = isRegression(loss)
      ? "a smaller tau, or data of a smaller scale"
      : "labels to which every sampled subnetwork gives a probability that float32 can hold";
    throw new RangeError(
      `Cannot ${action}: the log-likelihood of y under sample ${infinite} is ${totals[infinite]}, a finite number is wanted: ${wanted}`,
    );
  }
  const { mean, standardError } = meanOfSamples(totals);
  const kl = quadratic - entropy + constant + overlap;
  return {
    elbo: mean - kl,
    expectedLogLikelihood: mean,
    standardError,
    ...{ kl, quadratic, entropy },
    ...(sigma !== undefined && { constant, overlap }),
    info: { samples, seed, variant: name },
  };
}

/** Returns the mean and its standard error; relative to the largest deviation, whose square may be beyond the range. */
function meanOfSamples(values: Float64Array): { mean: number; standardError: number } {
  const count = values.length;
  const sum = values.reduce((total, value) => total + value, 0);
  const mean = Number.isFinite(sum) ? sum / count : values.reduce((part, value) => part + value / count, 0);
  const most = values.reduce((largest, value) => Math.max(largest, Math.abs(value - mean)), 0);
  if (most === 0) return { mean, standardError: 0 };
  const squares = values.reduce((total, value) => total + ((value - mean) / most) ** 2, 0);
  return { mean, standardError: most * Math.sqrt(squares / (count - 1) / count) };
}
