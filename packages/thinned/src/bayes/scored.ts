import type { CheckedLoss } from "../loss.js";
import type { Masks } from "../mcResult.js";
import type { Network } from "../network.js";
import type { Batch } from "../rows.js";
import type { Schedule } from "../schedule.js";
import type { Snapshot } from "../snapshot.js";
import { drawStretch } from "../stretch.js";
import type { Targets } from "../targets.js";
import { sizeOf } from "../tensor.js";
import { Handle } from "../wasm/handle.js";
import type { Instance } from "../wasm/instance.js";
import { rowChunks } from "../wasm/memory.js";

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

/** Log-likelihoods of sampled outputs. */
export interface Scored {
  /** `log p(y)` of each row, the mean of the densities over the samples: `[batch]`. */
  readonly predictive: Float64Array;
  /** `log p(Y | X, ω)` of each sample, over all rows: `[samples]`. */
  readonly totals: Float64Array;
}

/** Samples the outputs of all rows, chunk by chunk, and scores them as they come: no sample is kept. */
export async function score(
  action: string,
  network: Network,
  snapshot: Snapshot,
  instance: Instance,
  request: ScoreRequest,
  schedule: Schedule,
): Promise<Scored> {
  const { batch, targets, loss, tau, samples, seed, masks } = request;
  const width = sizeOf(network.outputShape);
  const inside = snapshot.inside(instance, action);
  const nodes = Uint32Array.of(network.architecture.nodes.length);
  const predictive = new Float64Array(batch.rows);
  const scored = new Handle(
    instance,
    instance.run((boundary) => new boundary.ScoredSamples(inside, loss.name, tau, width, samples)),
  );
  try {
    const work = scored.get(action);
    for (const { x, rows, first } of rowChunks(batch.data, batch.rows, network.cost)) {
      const own = targets.data.subarray(first * targets.width, (first + rows) * targets.width);
      instance.run(() => work.begin(own));
      const stretch = {
        ...{ x, rows, firstRow: first, firstSample: 0, samples, nodes, seed, masks },
        ...{ integrateLast: false, geometricMeans: false },
      };
      const take = (_: number, outputs: Float32Array, from: number) => work.add(outputs, from);
      const drawn = await drawStretch(action, instance, inside, stretch, schedule, take);
      drawn.dispose();
      predictive.set(
        instance.run(() => work.predictive()),
        first,
      );
    }
    return { predictive, totals: instance.run(() => work.totals()) };
  } finally {
    scored.dispose();
  }
}
