import { drawStretch, type Stretch } from "../stretch.js";
import type { Delivery, Workplace } from "./jobs.js";

/** A stretch of samples of some rows. */
export interface SampleInput extends Stretch {
  readonly keepSamples: boolean;
}

export interface SampleOutput {
  /** What `SampledStatistics.append()` reads. */
  readonly state: Float64Array<ArrayBuffer>;
  /** By selected layer `[samples, rows, width]`, where they are kept. */
  readonly kept: readonly Float32Array<ArrayBuffer>[];
}

/** Draws a stretch of samples. */
export async function runSampleJob(
  { instance, network, schedule }: Workplace,
  input: SampleInput,
): Promise<Delivery<SampleOutput>> {
  const pieces: Float32Array[][] = Array.from(input.nodes, () => []);
  const keep = (index: number, samples: Float32Array): unknown => pieces[index]?.push(samples);
  const sampled = await drawStretch(
    "draw samples",
    instance,
    network,
    input,
    schedule,
    input.keepSamples ? keep : undefined,
  );
  try {
    const statistics = sampled.get("draw samples");
    // Bindings declare any buffer; what they return is a copy of its own.
    const state = instance.run(() => statistics.state()) as Float64Array<ArrayBuffer>;
    const kept = input.keepSamples ? pieces.map(joined) : [];
    return { output: { state, kept }, transfer: [state.buffer, ...kept.map(({ buffer }) => buffer)] };
  } finally {
    sampled.dispose();
  }
}

function joined(pieces: readonly Float32Array[]): Float32Array<ArrayBuffer> {
  const whole = new Float32Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece, offset);
    offset += piece.length;
  }
  return whole;
}
