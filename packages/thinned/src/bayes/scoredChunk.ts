import type { LossName } from "../loss.js";
import type { Schedule } from "../schedule.js";
import { drawStretch, type Stretch } from "../stretch.js";
import type * as boundary from "../wasm/boundary.js";
import { Handle } from "../wasm/handle.js";
import type { Instance } from "../wasm/instance.js";

/** What makes an output a likelihood. */
export interface Scoring {
  readonly loss: LossName;
  /** 1 where the likelihood has no noise of its own. */
  readonly tau: number;
  /** Outputs of a row. */
  readonly width: number;
  readonly samples: number;
}

/** Some rows, all their samples, and what they are compared with. */
export interface ChunkToScore extends Scoring {
  readonly stretch: Stretch;
  readonly targets: Float32Array;
}

/** Returns scores of nothing yet, which the caller disposes of. */
export function startScores(
  instance: Instance,
  network: boundary.Network,
  { loss, tau, width, samples }: Scoring,
): Handle<boundary.ScoredSamples> {
  return new Handle(
    instance,
    instance.run((boundary) => new boundary.ScoredSamples(network, loss, tau, width, samples)),
  );
}

/** Samples the outputs of some rows and scores them as they come: no sample is kept. Resolves to `log p(y)` of each. */
export async function scoreChunk(
  action: string,
  instance: Instance,
  network: boundary.Network,
  scores: Handle<boundary.ScoredSamples>,
  { stretch, targets }: Pick<ChunkToScore, "stretch" | "targets">,
  schedule: Schedule,
): Promise<Float64Array<ArrayBuffer>> {
  const work = scores.get(action);
  instance.run(() => work.begin(targets));
  const take = (_: number, outputs: Float32Array, from: number) => work.add(outputs, from);
  const drawn = await drawStretch(action, instance, network, stretch, schedule, take);
  drawn.dispose();
  // Bindings declare any buffer; what they return is a copy of its own.
  return instance.run(() => work.predictive()) as Float64Array<ArrayBuffer>;
}
