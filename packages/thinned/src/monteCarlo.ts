import { boolean, finite, integer, oneOf, onlyOptions } from "./argument.js";
import {
  addPredictiveVariance,
  emptyResult,
  type Masks,
  type MCResult,
  maskKinds,
  placeSamples,
  placeStatistics,
} from "./mcResult.js";
import type { Network } from "./network.js";
import { type Batch, toBatch } from "./rows.js";
import { type LongCallOptions, Schedule } from "./schedule.js";
import { checkSeed } from "./seed.js";
import {
  bySelection,
  type LayerReference,
  type LayerReferences,
  type Selection,
  selectLayers,
} from "./selection.js";
import { type Snapshot, withSnapshot } from "./snapshot.js";
import { sizeOf, type TensorLike } from "./tensor.js";
import { checkVariant, instanceOf, type Variant } from "./variant.js";
import { Handle } from "./wasm/handle.js";
import type { Instance } from "./wasm/instance.js";
import { rowChunks } from "./wasm/memory.js";

/** Samples are counted by one word of the generator. */
export const MOST_SAMPLES = 2 ** 32 - 1;

const VALUES_PER_LEVEL = 6;

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
  /** Which layer, or layers; default the output. */
  readonly layer?: LayerReference | LayerReferences | undefined;
  /** Default `"auto"`. */
  readonly variant?: Variant | undefined;
}

/** What is sampled, validated. */
export interface SampleRequest {
  readonly batch: Batch;
  readonly selection: Selection;
  readonly samples: number;
  readonly seed: number;
  readonly masks: Masks;
  readonly tau: number | undefined;
  readonly keepSamples: boolean;
}

/** Returns the statistics of sampled subnetworks for the selected layers. */
export async function predictMC(
  network: Network,
  x: TensorLike,
  options: PredictMCOptions,
): Promise<MCResult | Record<string, MCResult>> {
  const action = "run predictMC()";
  network.atHome(action);
  const known = [
    "samples",
    "seed",
    "masks",
    "tau",
    "keepSamples",
    "layer",
    "variant",
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
  } = options;
  const request: SampleRequest = {
    batch: toBatch(action, "x", x, network.architecture.inputShape),
    selection: selectLayers(action, network.architecture, options.layer),
    samples: integer(action, "samples", samples, 1, MOST_SAMPLES),
    seed: checkSeed(action, seed),
    masks: oneOf(action, "masks", masks, maskKinds),
    tau: tau === undefined ? undefined : checkTau(action, tau),
    keepSamples: boolean(action, "keepSamples", keepSamples),
  };
  const variant = checkVariant(action, options.variant);
  const total = request.samples * request.batch.rows;
  const schedule = new Schedule(action, total, options, () => network.refuseDisposed(action));
  const results = await withSnapshot(network, action, async (snapshot) =>
    sample(network, snapshot, await instanceOf(variant), action, request, schedule),
  );
  await schedule.finish();
  return bySelection(request.selection, results);
}

/** Returns the statistics of sampled subnetworks, a result for each selected layer. */
export async function sample(
  network: Network,
  snapshot: Snapshot,
  instance: Instance,
  action: string,
  request: SampleRequest,
  schedule: Schedule,
): Promise<MCResult[]> {
  const { batch, selection, samples, seed, masks, keepSamples } = request;
  const nodes = Uint32Array.from(selection.layers, ({ node }) => node);
  const results = selection.layers.map(({ shape }) =>
    emptyResult(action, [batch.rows, ...shape], keepSamples, {
      samples,
      seed,
      masks,
      variant: instance.name,
    }),
  );
  const { values, products } = network.cost;
  const inside = snapshot.inside(instance, action);
  const cost = { values: values + momentValues(request), products };
  for (const chunk of rowChunks(batch.data, batch.rows, cost)) {
    const run = new Handle(
      instance,
      instance.run(
        ({ MonteCarloRun }) =>
          new MonteCarloRun(
            inside,
            chunk.x,
            chunk.rows,
            chunk.first,
            nodes,
            0,
            samples,
            seed,
            masks,
            keepSamples,
          ),
      ),
    );
    try {
      const work = run.get(action);
      const step = (count: number): void => {
        const drawn = samples - work.remaining;
        work.step(count);
        if (!keepSamples) return;
        for (const [i, result] of results.entries()) {
          placeSamples(result, work.takeSamples(i), chunk, drawn, batch.rows);
        }
      };
      await schedule.run(
        {
          remaining: () => instance.run(() => work.remaining),
          step: (count) => instance.run(() => step(count)),
        },
        chunk.rows,
      );
      const sampled = new Handle(
        instance,
        instance.run(() => work.finish()),
      );
      try {
        const statistics = sampled.get(action);
        for (const [i, result] of results.entries()) {
          instance.run(() => placeStatistics(result, statistics, i, chunk));
        }
      } finally {
        sampled.dispose();
      }
    } finally {
      run.dispose();
    }
  }
  for (const result of results) addPredictiveVariance(result, request.tau);
  return results;
}

/** Returns the precision of the noise when it is above 0 and its inverse, the variance of the noise, is finite. */
function checkTau(action: string, tau: unknown): number {
  const wanted = "above 0 whose inverse is finite";
  return finite(action, "tau", tau, wanted, (value) => value > 0 && Number.isFinite(1 / value));
}

/** Returns what the moments of one row take, counted in float32: a few float64 sums per unit and level of their merge tree. */
function momentValues({ selection, samples }: SampleRequest): number {
  const units = selection.layers.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const levels = 1 + Math.ceil(Math.log2(samples));
  return units * levels * VALUES_PER_LEVEL;
}
