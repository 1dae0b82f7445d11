import { architectureToJson } from "./architectureJson.js";
import { type MCResult, placeSamples } from "./mcResult.js";
import { type SharedNetwork, type Task, task } from "./pool/work.js";
import { type Pool, share } from "./pool.js";
import { nodesOf, placeAll, rowCost, type SampleCall, type SampleRequest, stretchOf } from "./sampling.js";
import type { Snapshot } from "./snapshot.js";
import { sizeOf } from "./tensor.js";
import type { SampledStatistics } from "./wasm/boundary.js";
import { Handle } from "./wasm/handle.js";
import { type RowChunk, type RowCost, rowChunks } from "./wasm/memory.js";

/**
 * What one task should cost, in activities of one row; a multiplication costs a fraction of that. About 20 ms: short
 * against the wait for the last worker, long against the 0.2 ms of a message.
 */
const TASK_COST = 2 ** 24;
const COST_PER_PRODUCT = 1 / 200;

/** Fewer rows share the packing of a mask's weights worse (2 % slower at 125 rows of W3, 18 % at 64). */
export const FEWEST_ROWS = 100;

/** Leaves of the tree of moments: stretches are leaves doubled some number of times, so that each is one subtree. */
const LEAF = 32;

/** Each stretch computes what comes before the first gate again, which costs as much as a dozen samples. */
const FEWEST_SAMPLES = 128;

/** Samples that a task may keep, in values: they cross between the threads at once. */
const MOST_KEPT = 2 ** 22;

/** How a call is cut, whatever the number of workers: every chunk of rows into stretches of samples. */
interface Cut {
  readonly rows: number;
  readonly samples: number;
}

/** Fills the results by the workers of `pool`. */
export async function sampleInPool(
  pool: Pool,
  call: SampleCall,
  results: readonly MCResult[],
): Promise<void> {
  const { action, snapshot, instance, schedule } = call;
  const open = new Set<Chunk>();
  try {
    const add = (units: number): void => schedule.add(units);
    const tasks = tasksOf(call, results, open);
    const network = sharedNetwork(snapshot, action);
    await share(pool, { action, instance, network, ahead: true, tasks, add }, schedule);
  } finally {
    for (const chunk of open) chunk.sampled.dispose();
  }
}

/** Returns the network as workers get to know it. */
export function sharedNetwork(snapshot: Snapshot, action: string): SharedNetwork {
  return {
    key: snapshot.key,
    version: 0,
    architecture: () => architectureToJson(snapshot.architecture),
    weights: () => snapshot.weights(action),
  };
}

/** Returns how many tasks so many samples of a network are worth. */
export function tasksWorth(rows: number, samples: number, { values, products }: RowCost): number {
  return Math.ceil((rows * samples * (values + products * COST_PER_PRODUCT)) / TASK_COST);
}

/** Returns rows and samples of a task: cut by rows first, and by samples where rows are few. */
function cutOf(rows: number, samples: number, cost: RowCost, keptPerSample: number): Cut {
  const tasks = tasksWorth(rows, samples, cost);
  // A power of two goes evenly into 2, 4 and 8 workers.
  const rowTasks = 2 ** Math.floor(Math.log2(Math.min(tasks, Math.ceil(rows / FEWEST_ROWS))));
  const rowsEach = Math.ceil(rows / rowTasks);
  const wanted = Math.max(FEWEST_SAMPLES, (samples * rowTasks) / (2 * tasks));
  const fitting = MOST_KEPT / (keptPerSample * rowsEach);
  return {
    rows: rowsEach,
    samples: 2 * rowTasks > tasks && fitting >= samples ? samples : subtree(Math.min(wanted, fitting)),
  };
}

/** Returns the largest subtree of at most so many samples, and at least a leaf. */
function subtree(samples: number): number {
  return LEAF * 2 ** Math.max(0, Math.floor(Math.log2(samples / LEAF)));
}

/** Rows of which all samples are not yet together. */
interface Chunk {
  readonly rows: RowChunk;
  /** What the stretches before `next` add up to. */
  readonly sampled: Handle<SampledStatistics>;
  /** The first sample that is missing. */
  next: number;
  /** States of stretches whose turn has not come, by their first sample. */
  readonly waiting: Map<number, { state: Float64Array; samples: number }>;
}

function* tasksOf(call: SampleCall, results: readonly MCResult[], open: Set<Chunk>): Generator<Task> {
  const { request, network } = call;
  const { batch, samples } = request;
  const cost = rowCost(call);
  const taskCost = { values: network.cost.values, products: cost.products };
  const cut = cutOf(batch.rows, samples, taskCost, keptPerSample(request));
  for (const rows of rowChunks(batch.data, batch.rows, cost, cut.rows)) {
    const chunk = openChunk(call, rows);
    open.add(chunk);
    for (let firstSample = 0; firstSample < samples; firstSample += cut.samples) {
      const stretch = { firstSample, samples: Math.min(cut.samples, samples - firstSample) };
      yield task(stretchTask(call, results, chunk, stretch, () => open.delete(chunk)));
    }
  }
}

function openChunk({ action, snapshot, instance, request }: SampleCall, rows: RowChunk): Chunk {
  const inside = snapshot.inside(instance, action);
  const sampled = instance.run(
    ({ SampledStatistics }) =>
      new SampledStatistics(
        inside,
        nodesOf(request),
        rows.rows,
        request.integrateLast,
        request.geometricMeans,
      ),
  );
  return { rows, sampled: new Handle(instance, sampled), next: 0, waiting: new Map() };
}

function stretchTask(
  { action, request }: SampleCall,
  results: readonly MCResult[],
  chunk: Chunk,
  cut: { firstSample: number; samples: number },
  complete: () => void,
): Task<"sample"> {
  const { batch, keepSamples } = request;
  const { firstSample, samples } = cut;
  return {
    name: "sample",
    units: samples * chunk.rows.rows,
    input: () => {
      const x = chunk.rows.x.slice();
      const input = { ...stretchOf(request, { ...chunk.rows, x }, firstSample, samples), keepSamples };
      return { input, transfer: [x.buffer] };
    },
    done: ({ state, kept }) => {
      for (const [index, taken] of kept.entries()) {
        placeSamples(results[index] as MCResult, taken, chunk.rows, firstSample, batch.rows);
      }
      chunk.waiting.set(firstSample, { state, samples });
      appendInOrder(action, chunk);
      if (chunk.next < request.samples) return;
      placeAll(results, chunk.sampled, chunk.rows);
      complete();
    },
  };
}

/** Appends the stretches whose turn has come: those behind one that is missing wait for it. */
function appendInOrder(action: string, chunk: Chunk): void {
  const { sampled, waiting } = chunk;
  for (let stretch = waiting.get(chunk.next); stretch; stretch = waiting.get(chunk.next)) {
    const { state, samples } = stretch;
    const statistics = sampled.get(action);
    sampled.instance.run(() => statistics.append(state));
    waiting.delete(chunk.next);
    chunk.next += samples;
  }
}

/** Returns the values of one sample of one row that are kept. */
function keptPerSample({ keepSamples, selection }: SampleRequest): number {
  return keepSamples ? selection.layers.reduce((sum, { shape }) => sum + sizeOf(shape), 0) : 0;
}
