import { integer, onlyOptions } from "../argument.js";
import { MOST_SAMPLES, type PredictMCOptions } from "../monteCarlo.js";
import type { Network } from "../network.js";
import { toBatch } from "../rows.js";
import { type LongCallOptions, Schedule } from "../schedule.js";
import { checkSeed } from "../seed.js";
import { withSnapshot } from "../snapshot.js";
import { drawStretch } from "../stretch.js";
import { sizeOf, type Tensor, type TensorLike } from "../tensor.js";
import { checkVariant, instanceOf, type VariantName } from "../variant.js";
import { Handle } from "../wasm/handle.js";
import { rowChunks } from "../wasm/memory.js";

/** The options of `predictiveCovariance()`; progress counts passes of a row through a sampled subnetwork. It runs in the calling thread. */
export interface CovarianceOptions
  extends LongCallOptions,
    Pick<PredictMCOptions, "samples" | "seed" | "variant"> {}

/** How the outputs of all rows vary together, in float64. */
export interface PredictiveCovariance {
  /** `[batch, ...output shape]`. */
  mean: Tensor<Float64Array>;
  /** Over the sampled subnetworks, divisor `samples`: `[batch, ...output shape, batch, ...output shape]`. */
  covariance: Tensor<Float64Array>;
  info: { samples: number; seed: number; variant: VariantName };
}

/** Samples that are held at a time. */
const BLOCK = 64;

/** Returns the covariances between the outputs of all rows, each sample being one subnetwork for all of them. */
export async function predictiveCovariance(
  network: Network,
  x: TensorLike,
  options: CovarianceOptions,
): Promise<PredictiveCovariance> {
  const action = "compute a predictive covariance";
  network.atHome(action);
  onlyOptions(action, options, ["samples", "seed", "variant", "signal", "onProgress"]);
  const { samples = 100, seed = network.architecture.seed } = options;
  integer(action, "samples", samples, 1, MOST_SAMPLES);
  checkSeed(action, seed);
  const variant = checkVariant(action, options.variant);
  const batch = toBatch(action, "x", x, network.architecture.inputShape);
  const width = sizeOf(network.outputShape);
  const size = batch.rows * width;
  const schedule = new Schedule(action, samples * batch.rows, options, () => network.refuseDisposed(action));
  const nodes = Uint32Array.of(network.architecture.nodes.length);
  const { mean, covariance, name } = await withSnapshot(network, action, async (snapshot) => {
    const instance = await instanceOf(variant);
    const inside = snapshot.inside(instance, action);
    const sums = new Handle(
      instance,
      instance.run((boundary) => new boundary.SampleCovariance(size)),
    );
    try {
      const work = sums.get(action);
      for (let firstSample = 0; firstSample < samples; firstSample += BLOCK) {
        const count = Math.min(BLOCK, samples - firstSample);
        const block = new Float32Array(count * size); // [samples, rows, outputs]
        for (const { x: rowsOfX, rows, first } of rowChunks(batch.data, batch.rows, network.cost)) {
          const stretch = {
            ...{ x: rowsOfX, rows, firstRow: first, firstSample, samples: count, nodes, seed },
            ...{ masks: "shared" as const, integrateLast: false, geometricMeans: false },
          };
          const take = (_: number, outputs: Float32Array, from: number) => {
            const chunk = rows * width;
            for (let i = 0; i * chunk < outputs.length; i++) {
              const place = (from - firstSample + i) * size + first * width;
              block.set(outputs.subarray(i * chunk, (i + 1) * chunk), place);
            }
          };
          (await drawStretch(action, instance, inside, stretch, schedule, take)).dispose();
        }
        instance.run(() => work.add(block));
        if (schedule.over) await schedule.next();
      }
      return {
        ...instance.run(() => ({ mean: work.mean(), covariance: work.finish() })),
        name: instance.name,
      };
    } finally {
      sums.dispose();
    }
  });
  await schedule.finish();
  const shape = [batch.rows, ...network.outputShape];
  return {
    mean: { data: mean, shape },
    covariance: { data: covariance, shape: [...shape, ...shape] },
    info: { samples, seed, variant: name },
  };
}
