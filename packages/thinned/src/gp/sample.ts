import { integer, onlyOptions } from "../argument.js";
import { type LongCallOptions, Schedule } from "../schedule.js";
import { checkSeed } from "../seed.js";
import type { Tensor, TensorLike } from "../tensor.js";
import { Handle } from "../wasm/handle.js";
import { type Instance, simd128Instance } from "../wasm/instance.js";
import { covariancesFor } from "./covariances.js";
import type { Kernel } from "./kernel.js";
import { runStages } from "./stages.js";

/** The options of draws from Gaussian processes; progress counts rows, then samples. */
export interface GpSampleOptions extends LongCallOptions {
  /** How many, at least 1; default 1. */
  readonly samples?: number | undefined;
  /** Integer in `[0, 2^53)`; default 0. */
  readonly seed?: number | undefined;
}

/** What is drawn from. */
interface Normal {
  /** `[rows, outputs]`, or undefined for zero. */
  readonly mean: Float64Array | undefined;
  /** `[rows, rows]`. */
  readonly covariance: Float64Array;
  readonly outputs: number;
  readonly samples: number;
  readonly seed: number;
}

const known = ["samples", "seed", "signal", "onProgress"] as const;

/** Samples are counted by one word of the generator. */
const MOST_SAMPLES = 2 ** 32 - 1;

/**
 * Resolves to functions drawn from a prior with mean zero, at `x [rows, inputs]`: `[samples, rows]`.
 *
 * The covariance is factored with pivots to its numerical rank, so that no jitter is needed. A draw depends on the seed, its number and `x`.
 *
 * @throws ShapeError when `x` is not `[rows, inputs]`
 * @throws RangeError when a covariance is not finite
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { gp } from "thinned";
 *
 * const x = Array.from({ length: 50 }, (_, i) => [i / 10]);
 * const { shape } = await gp.sample({ kernel: gp.arcSine(), samples: 3, seed: 1 }, x);
 * assert.deepEqual(shape, [3, 50]);
 * ```
 */
export async function sample(
  options: GpSampleOptions & { readonly kernel: Kernel },
  x: TensorLike,
): Promise<Tensor<Float64Array>> {
  const action = "sample a Gaussian process";
  onlyOptions(action, options, ["kernel", ...known]);
  const { kernel, ...rest } = options;
  const { samples, seed } = sampleOptions(action, rest);
  const { data, shape } = await covariancesFor(action, kernel, x);
  const normal: Normal = { mean: undefined, covariance: data, outputs: 1, samples, seed };
  const drawn = await drawFrom(action, await simd128Instance(), normal, rest);
  return { data: drawn, shape: [samples, shape[0] as number] };
}

/** Returns the checked options. */
export function sampleOptions(
  action: string,
  options: GpSampleOptions,
): { readonly samples: number; readonly seed: number } {
  onlyOptions(action, options, known);
  const { samples = 1, seed = 0 } = options;
  return { samples: integer(action, "samples", samples, 1, MOST_SAMPLES), seed: checkSeed(action, seed) };
}

/** Returns draws `[samples, rows, outputs]`. */
export async function drawFrom(
  action: string,
  instance: Instance,
  { mean, covariance, outputs, samples, seed }: Normal,
  options: LongCallOptions,
): Promise<Float64Array<ArrayBuffer>> {
  const rows = Math.sqrt(covariance.length);
  const schedule = new Schedule(action, rows + samples, options);
  const drawn = new Float64Array(samples * rows * outputs);
  const draws = new Handle(
    instance,
    instance.run((boundary) => new boundary.GpDraws(covariance, rows)),
  );
  try {
    const inside = draws.get(action);
    await runStages(instance, schedule, inside, rows);
    let next = 0;
    const step = (count: number) => {
      for (const end = next + count; next < end; next++) {
        for (let output = 0; output < outputs; output++) {
          const one = instance.run(() => inside.draw(seed, output, next));
          for (let row = 0; row < rows; row++) {
            const place = row * outputs + output;
            drawn[next * rows * outputs + place] = (one[row] as number) + (mean?.[place] ?? 0);
          }
        }
      }
    };
    await schedule.run({ remaining: () => samples - next, step });
    await schedule.finish();
    return drawn;
  } finally {
    draws.dispose();
  }
}
