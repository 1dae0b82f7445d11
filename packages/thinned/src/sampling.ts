import {
  addPredictiveVariance,
  emptyResult,
  type Masks,
  type MCResult,
  placeSamples,
  placeStatistics,
} from "./mcResult.js";
import type { Network } from "./network.js";
import type { Pool } from "./pool.js";
import type { Batch } from "./rows.js";
import { sampleInPool } from "./samplingInPool.js";
import type { Schedule } from "./schedule.js";
import type { Selection } from "./selection.js";
import type { Snapshot } from "./snapshot.js";
import { drawStretch, type Stretch, type TakeSamples } from "./stretch.js";
import { sizeOf } from "./tensor.js";
import type { SampledStatistics } from "./wasm/boundary.js";
import type { Handle } from "./wasm/handle.js";
import type { Instance } from "./wasm/instance.js";
import { type RowChunk, type RowCost, rowChunks } from "./wasm/memory.js";

const VALUES_PER_LEVEL = 6;

/** What is sampled, validated. */
export interface SampleRequest {
  readonly batch: Batch;
  /** The number of the first row of the batch, which counts for independent masks. */
  readonly firstRow: number;
  readonly selection: Selection;
  readonly samples: number;
  readonly seed: number;
  readonly masks: Masks;
  readonly tau: number | undefined;
  readonly keepSamples: boolean;
  /** Whether the gates of the last gated layer are integrated instead of drawn. */
  readonly integrateLast: boolean;
  /** Whether logistic units and softmax groups have their geometric means too. */
  readonly geometricMeans: boolean;
}

/** A call that samples: what, of which weights, and who computes. */
export interface SampleCall {
  readonly action: string;
  readonly network: Network;
  readonly snapshot: Snapshot;
  readonly instance: Instance;
  readonly request: SampleRequest;
  readonly schedule: Schedule;
}

/** Returns the statistics of sampled subnetworks, a result for each selected layer; with the workers of a pool, if any. */
export async function sample(call: SampleCall, pool: Pool | undefined): Promise<MCResult[]> {
  const results = emptyResults(call);
  if (pool === undefined) await sampleHere(call, results);
  else await sampleInPool(pool, call, results);
  for (const result of results) addPredictiveVariance(result, call.request.tau);
  return results;
}

async function sampleHere(call: SampleCall, results: readonly MCResult[]): Promise<void> {
  const { action, snapshot, instance, request, schedule } = call;
  const { batch, samples, keepSamples } = request;
  const inside = snapshot.inside(instance, action);
  for (const chunk of rowChunks(batch.data, batch.rows, rowCost(call))) {
    const take: TakeSamples = (index, taken, first) =>
      placeSamples(results[index] as MCResult, taken, chunk, first, batch.rows);
    const stretch = stretchOf(request, chunk, 0, samples);
    const keep = keepSamples ? take : undefined;
    placeAll(results, await drawStretch(action, instance, inside, stretch, schedule, keep), chunk);
  }
}

/** Returns the numbers of the selected nodes, as the boundary takes them. */
export function nodesOf({ selection }: SampleRequest): Uint32Array<ArrayBuffer> {
  return Uint32Array.from(selection.layers, ({ node }) => node);
}

/** Returns a stretch of samples of the rows of a chunk. */
export function stretchOf(
  request: SampleRequest,
  { x, rows, first }: RowChunk,
  firstSample: number,
  samples: number,
): Stretch {
  const { seed, masks, firstRow, integrateLast, geometricMeans } = request;
  return {
    x,
    rows,
    firstRow: firstRow + first,
    firstSample,
    samples,
    nodes: nodesOf(request),
    seed,
    masks,
    integrateLast,
    geometricMeans,
  };
}

/** Puts the statistics of a chunk in their place in every result, and frees them. */
export function placeAll(
  results: readonly MCResult[],
  sampled: Handle<SampledStatistics>,
  chunk: RowChunk,
): void {
  try {
    const statistics = sampled.get("read statistics");
    for (const [index, result] of results.entries()) {
      sampled.instance.run(() => placeStatistics(result, statistics, index, chunk));
    }
  } finally {
    sampled.dispose();
  }
}

/** Returns what one row costs, its moments included. */
export function rowCost({ action, network, snapshot, instance, request }: SampleCall): RowCost {
  const { values, products } = network.cost;
  const moments = momentValues(request);
  if (!request.integrateLast) return { values: values + moments, products };
  const inside = snapshot.inside(instance, action);
  const integrals = request.selection.layers.map(({ node }) =>
    instance.run(() => inside.integralProducts(node)),
  );
  return { values: values + 2 * moments, products: integrals.reduce((sum, one) => sum + one, products) };
}

function emptyResults({ action, request, instance }: SampleCall): MCResult[] {
  const { batch, selection, samples, seed, masks, keepSamples, integrateLast } = request;
  const info = { samples, seed, masks, variant: instance.name, ...(integrateLast && { integrateLast }) };
  return selection.layers.map(({ shape }) =>
    emptyResult(action, [batch.rows, ...shape], keepSamples, { ...info }),
  );
}

/** Returns what the moments of one row take, counted in float32: a few float64 sums per unit and level of their merge tree. */
function momentValues({ selection, samples, geometricMeans }: SampleRequest): number {
  const units = selection.layers.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const levels = 1 + Math.ceil(Math.log2(samples));
  // Of the activities, and of the logarithms of them and of their complements.
  const streams = geometricMeans ? 3 : 1;
  return streams * units * levels * VALUES_PER_LEVEL;
}
