import type { Masks } from "./mcResult.js";
import type { Schedule } from "./schedule.js";
import type * as boundary from "./wasm/boundary.js";
import { Handle } from "./wasm/handle.js";
import type { Instance } from "./wasm/instance.js";

/** Consecutive samples of consecutive rows. */
export interface Stretch {
  /** `[rows, inputs]`. */
  readonly x: Float32Array;
  readonly rows: number;
  /** The number of the first row among all rows of the call. */
  readonly firstRow: number;
  readonly firstSample: number;
  readonly samples: number;
  readonly nodes: Uint32Array;
  readonly seed: number;
  readonly masks: Masks;
  /** Whether the last gated layer is integrated; samples are then conditional means. */
  readonly integrateLast: boolean;
  /** Whether logistic units and softmax groups have their geometric means too. */
  readonly geometricMeans: boolean;
}

/** Takes samples of the layer `index`, `[some samples, rows, width]`, of which the first is number `firstSample`. */
export type TakeSamples = (index: number, samples: Float32Array, firstSample: number) => void;

/** Resolves to the statistics of a stretch, for the caller to dispose; samples go to `take` as they are drawn. */
export async function drawStretch(
  action: string,
  instance: Instance,
  network: boundary.Network,
  stretch: Stretch,
  schedule: Schedule,
  take: TakeSamples | undefined,
): Promise<Handle<boundary.SampledStatistics>> {
  const { x, rows, firstRow, firstSample, samples, nodes, seed, masks } = stretch;
  const keep = take !== undefined;
  const run = new Handle(
    instance,
    instance.run(
      ({ MonteCarloRun }) =>
        new MonteCarloRun(
          network,
          x,
          rows,
          firstRow,
          nodes,
          firstSample,
          samples,
          seed,
          masks,
          keep,
          stretch.integrateLast,
          stretch.geometricMeans,
        ),
    ),
  );
  try {
    const work = run.get(action);
    const step = (count: number): void => {
      const first = firstSample + samples - work.remaining;
      work.step(count);
      for (const index of keep ? nodes.keys() : []) take?.(index, work.takeSamples(index), first);
    };
    const remaining = (): number => instance.run(() => work.remaining);
    await schedule.run({ remaining, step: (count) => instance.run(() => step(count)) }, rows);
    return new Handle(
      instance,
      instance.run(() => work.finish()),
    );
  } finally {
    run.dispose();
  }
}
