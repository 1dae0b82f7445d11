import type { CheckedLoss } from "../loss.js";
import type { Masks } from "../mcResult.js";
import type { Network } from "../network.js";
import { type Task, task } from "../pool/work.js";
import { type Pool, share } from "../pool.js";
import type { Batch } from "../rows.js";
import { FEWEST_ROWS, sharedNetwork, tasksWorth } from "../samplingInPool.js";
import type { Schedule } from "../schedule.js";
import type { Snapshot } from "../snapshot.js";
import type { Targets } from "../targets.js";
import { sizeOf } from "../tensor.js";
import type { Instance } from "../wasm/instance.js";
import { type RowChunk, rowChunks } from "../wasm/memory.js";
import { type ChunkToScore, type Scoring, scoreChunk, startScores } from "./scoredChunk.js";

/** What is sampled and compared with targets, validated. */
export interface ScoreRequest {
  readonly batch: Batch;
  readonly targets: Targets;
  readonly loss: CheckedLoss;
  readonly tau: number;
  readonly samples: number;
  readonly seed: number;
  readonly masks: Masks;
}

/** A call that scores samples: of which weights, and who computes. */
export interface ScoreCall {
  readonly action: string;
  readonly network: Network;
  readonly snapshot: Snapshot;
  readonly instance: Instance;
  readonly request: ScoreRequest;
  readonly schedule: Schedule;
}

/** Log-likelihoods of sampled outputs. */
export interface Scored {
  /** `log p(y)` of each row, the mean of the densities over the samples: `[batch]`. */
  readonly predictive: Float64Array;
  /** `log p(Y | X, ω)` of each sample, over all rows: `[samples]`. */
  readonly totals: Float64Array;
}

/** Scores the samples of all rows, chunk by chunk. */
export async function score(call: ScoreCall): Promise<Scored> {
  const { action, network, snapshot, instance, request, schedule } = call;
  const { batch } = request;
  const inside = snapshot.inside(instance, action);
  const predictive = new Float64Array(batch.rows);
  const scores = startScores(instance, inside, scoringOf(call));
  try {
    for (const rows of rowChunks(batch.data, batch.rows, network.cost)) {
      const chunk = chunkOf(call, rows);
      predictive.set(await scoreChunk(action, instance, inside, scores, chunk, schedule), rows.first);
    }
    return { predictive, totals: instance.run(() => scores.get(action).totals()) };
  } finally {
    scores.dispose();
  }
}

/** Returns `log p(y)` of each row by the workers of `pool`, of which each scores all samples of some rows: to the same bits. */
export async function scoreInPool(pool: Pool, call: ScoreCall): Promise<Float64Array> {
  const { action, snapshot, instance, schedule } = call;
  // Refuses here what every worker would refuse.
  startScores(instance, snapshot.inside(instance, action), scoringOf(call)).dispose();
  const predictive = new Float64Array(call.request.batch.rows);
  const add = (units: number): void => schedule.add(units);
  const tasks = tasksOf(call, pool.threads, predictive);
  await share(pool, { action, instance, network: sharedNetwork(snapshot, action), tasks, add }, schedule);
  return predictive;
}

function* tasksOf(call: ScoreCall, threads: number, predictive: Float64Array): Generator<Task> {
  const { network, request } = call;
  const { batch, samples } = request;
  // Each row is scored by one worker: few of them are divided as well, though they share the packing of a mask's weights worse.
  const divided = Math.max(
    Math.ceil(batch.rows / FEWEST_ROWS),
    Math.min(threads, Math.ceil(batch.rows / 16)),
  );
  const count = Math.min(tasksWorth(batch.rows, samples, network.cost), divided);
  for (const rows of rowChunks(batch.data, batch.rows, network.cost, Math.ceil(batch.rows / count))) {
    yield task({
      name: "score",
      units: samples * rows.rows,
      input: () => {
        const chunk = chunkOf(call, { ...rows, x: rows.x.slice() });
        const targets = chunk.targets.slice();
        const transfer = [chunk.stretch.x.buffer as ArrayBuffer, targets.buffer];
        return { input: { ...chunk, targets }, transfer };
      },
      done: (own) => predictive.set(own, rows.first),
    });
  }
}

function scoringOf({ network, request }: ScoreCall): Scoring {
  const { loss, tau, samples } = request;
  return { loss: loss.name, tau, width: sizeOf(network.outputShape), samples };
}

function chunkOf(call: ScoreCall, { x, rows, first }: RowChunk): ChunkToScore {
  const { network, request } = call;
  const { targets, samples, seed, masks } = request;
  const nodes = Uint32Array.of(network.architecture.nodes.length);
  return {
    ...scoringOf(call),
    targets: targets.data.subarray(first * targets.width, (first + rows) * targets.width),
    stretch: {
      ...{ x, rows, firstRow: first, firstSample: 0, samples, nodes, seed, masks },
      ...{ integrateLast: false, geometricMeans: false },
    },
  };
}
