import { boolean, integer, oneOf, onlyOptions } from "./argument.js";
import { type Masks, type MCResult, maskKinds } from "./mcResult.js";
import type { Network } from "./network.js";
import { checkPool, type Pool } from "./pool.js";
import { toBatch } from "./rows.js";
import { type SampleRequest, sample } from "./sampling.js";
import { type LongCallOptions, Schedule } from "./schedule.js";
import { checkSeed } from "./seed.js";
import { bySelection, type LayerReference, type LayerReferences, selectLayers } from "./selection.js";
import { withSnapshot } from "./snapshot.js";
import { checkPrecision } from "./tau.js";
import type { TensorLike } from "./tensor.js";
import { checkVariant, instanceOf, type Variant, type VariantName } from "./variant.js";

/** Samples are counted by one word of the generator. */
export const MOST_SAMPLES = 2 ** 32 - 1;

/** The options of `predictMC()`; progress counts passes of a row through a sampled subnetwork. */
export interface PredictMCOptions extends LongCallOptions {
  /** Subnetworks to draw, an integer of at least 1; default 100. Sample `t` does not depend on how many there are. */
  readonly samples?: number | undefined;
  /** Integer in `[0, 2^53)`; default that of the model. */
  readonly seed?: number | undefined;
  /** Default `"shared"`: each sample is one subnetwork, applied to the whole batch; it is also the faster. */
  readonly masks?: Masks | undefined;
  /** Precision of the observation noise, above 0: adds `predictiveVariance` (Gal & Ghahramani 2016). */
  readonly tau?: number | undefined;
  /** Whether the outputs of every sample are returned too; default false. */
  readonly keepSamples?: boolean | undefined;
  /**
   * Whether to draw the gates of earlier layers only, and to integrate those of the last gated layer exactly: for
   * linear, logistic, tanh and softplus units, elsewhere a RangeError. The error of the mean is never larger, most often much
   * smaller, for the same samples; there are no entropies, and kept samples are conditional means. A linear unit takes no
   * longer than a sample of it; any other, a row and sample, 0.1 microseconds a gate and 15 more while its pre-activations stay below
   * a hundred, and longer in proportion to them beyond: 0.1 seconds where they reach 300,000. Default false.
   */
  readonly integrateLast?: boolean | undefined;
  /**
   * Whether to add `geometricMean`, `complementGeometricMean` and `nwgm` for logistic units, the first and the last for softmax
   * outputs, from means of logarithms; 20 nanoseconds more for a unit and sample. Not with `integrateLast`. Default false.
   */
  readonly geometricMeans?: boolean | undefined;
  /** Which layer, or layers; default the output. Of a dropout layer, what it reads, before its gates. */
  readonly layer?: LayerReference | LayerReferences | undefined;
  /** Default `"auto"`. */
  readonly variant?: Variant | undefined;
  /** Workers to share the work; the result has the same bits as without. */
  readonly pool?: Pool | undefined;
}

/** The options of a call that samples, validated. */
export interface SampleSettings {
  readonly request: Omit<SampleRequest, "batch" | "firstRow">;
  readonly variant: "auto" | VariantName;
  readonly pool: Pool | undefined;
}

/** Returns the statistics of sampled subnetworks for the selected layers. */
export async function predictMC(
  network: Network,
  x: TensorLike,
  options: PredictMCOptions,
): Promise<MCResult | Record<string, MCResult>> {
  const action = "run predictMC()";
  const settings = sampleSettings(action, network, options);
  const { variant, pool } = settings;
  const batch = toBatch(action, "x", x, network.architecture.inputShape);
  const request = { ...settings.request, batch, firstRow: 0 };
  const total = request.samples * batch.rows;
  const schedule = new Schedule(action, total, options, () => network.refuseDisposed(action));
  const results = await withSnapshot(network, action, async (snapshot) =>
    sample({ network, snapshot, instance: await instanceOf(variant), action, request, schedule }, pool),
  );
  await schedule.finish();
  return bySelection(request.selection, results);
}

/** Returns the checked options. */
export function sampleSettings(action: string, network: Network, options: PredictMCOptions): SampleSettings {
  network.atHome(action);
  const known = [
    "samples",
    "seed",
    "masks",
    "tau",
    "keepSamples",
    "integrateLast",
    "geometricMeans",
    "layer",
    "variant",
    "pool",
    "signal",
    "onProgress",
  ];
  onlyOptions(action, options, known);
  const {
    samples = 100,
    seed = network.architecture.seed,
    masks = "shared",
    tau,
    keepSamples = false,
    integrateLast = false,
    geometricMeans = false,
  } = options;
  return {
    request: {
      selection: selectLayers(action, network.architecture, options.layer),
      samples: integer(action, "samples", samples, 1, MOST_SAMPLES),
      seed: checkSeed(action, seed),
      masks: oneOf(action, "masks", masks, maskKinds),
      tau: tau === undefined ? undefined : checkPrecision(action, tau),
      keepSamples: boolean(action, "keepSamples", keepSamples),
      integrateLast: boolean(action, "integrateLast", integrateLast),
      geometricMeans: boolean(action, "geometricMeans", geometricMeans),
    },
    variant: checkVariant(action, options.variant),
    pool: checkPool(action, options.pool),
  };
}
