import { printedShape } from "./argument.js";
import { sizeOf, type Tensor, zeros } from "./tensor.js";
import type { VariantName } from "./variant.js";
import type { SampledStatistics } from "./wasm/boundary.js";
import type { RowChunk } from "./wasm/memory.js";

/** How masks are drawn: one per sample for the whole batch, or one per sample and row. */
export type Masks = "shared" | "independent";

export const maskKinds = ["shared", "independent"] as const satisfies Masks[];

/** Statistics over sampled subnetworks, `[batch, ...layer shape]`, in float64. */
export interface MCResult {
  mean: Tensor<Float64Array>;
  /**
   * Over the sampled subnetworks: the mean square of the deviations, with a factor `1 / samples`. With `integrateLast`
   * that of the conditional means, and the mean of the conditional variances added to it.
   */
  variance: Tensor<Float64Array>;
  /** Of the mean: `√(variance / samples)`; with `integrateLast` the variance of the conditional means. */
  standardError: Tensor<Float64Array>;
  /** With `tau`: `variance + 1 / tau`. */
  predictiveVariance?: Tensor<Float64Array>;
  /** Softmax or single logistic output: entropy of the mean, in nats, `[batch]`. */
  predictiveEntropy?: Tensor<Float64Array>;
  /** Softmax or single logistic output: mean of the entropies, in nats, `[batch]`. */
  expectedEntropy?: Tensor<Float64Array>;
  /** Softmax or single logistic output: their difference (BALD), in nats, `[batch]`. */
  mutualInformation?: Tensor<Float64Array>;
  /** Softmax or single logistic output: share of samples that do not vote for the most frequent class, `[batch]`. */
  variationRatio?: Tensor<Float64Array>;
  /** With `geometricMeans`, logistic units and softmax outputs: `G = exp(E ln O)`. */
  geometricMean?: Tensor<Float64Array>;
  /** With `geometricMeans`, logistic units: `G' = exp(E ln(1 − O))`. */
  complementGeometricMean?: Tensor<Float64Array>;
  /** With `geometricMeans`: `G / (G + G')`; of a softmax output `G_k / Σ_j G_j`. */
  nwgm?: Tensor<Float64Array>;
  /** With `keepSamples`: `[samples, batch, ...layer shape]`; with `integrateLast` conditional means. */
  samples?: Tensor<Float32Array>;
  info: {
    samples: number;
    seed: number;
    masks: Masks;
    variant: VariantName;
    /** Stands here when the last gated layer was integrated. */
    integrateLast?: true;
  };
}

const rowStatistics = [
  "predictiveEntropy",
  "expectedEntropy",
  "mutualInformation",
  "variationRatio",
] as const;

const unitStatistics = ["geometricMean", "complementGeometricMean", "nwgm"] as const;

/** Returns a result of the given shape, `[batch, ...layer shape]`, for the chunks to be placed in. */
export function emptyResult(
  action: string,
  shape: number[],
  keepSamples: boolean,
  info: MCResult["info"],
): MCResult {
  const result: MCResult = {
    mean: zeros(shape),
    variance: zeros(shape),
    standardError: zeros(shape),
    info,
  };
  if (keepSamples) result.samples = roomForSamples(action, [info.samples, ...shape]);
  return result;
}

function roomForSamples(action: string, shape: number[]): Tensor<Float32Array> {
  const sizeBytes = sizeOf(shape) * Float32Array.BYTES_PER_ELEMENT;
  try {
    return { data: new Float32Array(sizeOf(shape)), shape };
  } catch (cause) {
    throw new RangeError(
      `Cannot ${action}: keepSamples wants ${printedShape(shape)}, ${(sizeBytes / 2 ** 30).toPrecision(3)} GiB, which this host does not allocate; ` +
        "fewer samples, fewer rows at a time or one layer are wanted",
      { cause },
    );
  }
}

/** Puts the samples of a chunk, `[count, chunk rows, width]`, in their place in `[samples, rows, width]`. */
export function placeSamples(
  { samples }: MCResult,
  taken: Float32Array,
  chunk: RowChunk,
  firstSample: number,
  rows: number,
): void {
  if (samples === undefined) return;
  const width = sizeOf(samples.shape.slice(2));
  const size = chunk.rows * width;
  for (let i = 0; i * size < taken.length; i++) {
    samples.data.set(
      taken.subarray(i * size, (i + 1) * size),
      ((firstSample + i) * rows + chunk.first) * width,
    );
  }
}

/** Puts the statistics of a finished chunk in their place; `index` counts the sampled layers. */
export function placeStatistics(
  result: MCResult,
  sampled: SampledStatistics,
  index: number,
  chunk: RowChunk,
): void {
  const [rows = 0, ...layerShape] = result.mean.shape;
  const offset = chunk.first * sizeOf(layerShape);
  result.mean.data.set(sampled.mean(index), offset);
  result.variance.data.set(sampled.variance(index), offset);
  result.standardError.data.set(sampled.standardError(index), offset);
  for (const name of unitStatistics) {
    const values = sampled[name](index);
    if (values === undefined) continue;
    result[name] ??= zeros([rows, ...layerShape]);
    result[name].data.set(values, offset);
  }
  for (const name of rowStatistics) {
    const values = sampled[name](index);
    if (values === undefined) continue;
    result[name] ??= zeros([rows]);
    result[name].data.set(values, chunk.first);
  }
}

/** Adds the variance of an observation: that of the subnetworks and that of the noise. */
export function addPredictiveVariance(result: MCResult, tau: number | undefined): void {
  if (tau === undefined) return;
  const { data, shape } = result.variance;
  result.predictiveVariance = { data: data.map((variance) => variance + 1 / tau), shape: [...shape] };
}

/** Returns the part of a result that concerns one unit; the entropies are of the layer, and stay only where it has one unit. */
export function restrictToUnit(result: MCResult, unit: number): MCResult {
  const [rows = 0, ...layerShape] = result.mean.shape;
  const width = sizeOf(layerShape);
  if (width === 1) return result;
  const column = ({ data }: Tensor<Float64Array>): Tensor<Float64Array> => ({
    data: Float64Array.from({ length: rows }, (_, row) => data[row * width + unit] as number),
    shape: [rows, 1],
  });
  return {
    mean: column(result.mean),
    variance: column(result.variance),
    standardError: column(result.standardError),
    info: result.info,
  };
}
