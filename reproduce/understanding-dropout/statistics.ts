// What the subnetworks of a trained network do for one input: the numbers behind figure 1.
import type { ExactResult, MCResult, Model, Tensor, TensorLike } from "thinned";
import { average } from "./layerNumbers.ts";
import { type MirroredDeviation, mirroredDeviations } from "./mirrored.ts";
import { hiddenNames, withoutInputGates } from "./network.ts";
import type { Config } from "./options.ts";

/** Statistics of the units of one layer. */
export interface LayerStatistics {
  readonly mean: Float64Array;
  readonly nwgm: Float64Array;
  readonly variance: Float64Array;
  readonly deterministic: ArrayLike<number>;
  /** Of E − NWGM; 0 where both are computed over all subnetworks. */
  readonly gapError: Float64Array;
  /** Of E. */
  readonly meanError: Float64Array;
  /** Subnetworks, sampled or all. */
  readonly subnetworks: bigint;
}

/** By layer, each in the ways it can be had. */
export interface Statistics {
  readonly sampled: Readonly<Record<string, LayerStatistics>>;
  /** First hidden layer over all masks of the input. */
  readonly exactFirst: LayerStatistics;
  /**
   * Second hidden layer, the gates of the input drawn and those of the first layer integrated, E corrected by what the draws miss of
   * the known mean input; errors of E without the correction, and of as many plain samples.
   */
  readonly integratedSecond: LayerStatistics & {
    readonly uncorrectedError: Float64Array;
    readonly plainError: Float64Array;
  };
  /** Without gates on the input: second hidden layer over all masks of the first. */
  readonly exactSecond: LayerStatistics;
  /** Of the hidden layers above the first. */
  readonly mirrored: readonly MirroredDeviation[];
  readonly seconds: number;
}

/** Runs with seeds of their own, whose spread is the error of what is not a mean of samples. */
const BLOCKS = 10;

/** Computes everything for one input, `[1, 784]`. */
export async function statisticsOf(model: Model, x: TensorLike, config: Config): Promise<Statistics> {
  const started = performance.now();
  const layers = hiddenNames(config);
  const [first = "", second = ""] = layers;
  const deterministic = model.predict(x, { layer: layers });
  const sampled = await sampleAll(model, x, config, deterministic);
  const exactFirst = fromExact(await model.exact(x, { layer: first }));
  using simpler = withoutInputGates(config, model);
  return {
    sampled,
    exactFirst,
    integratedSecond: await integrate(model, x, config, deterministic, exactFirst.mean),
    exactSecond: fromExact(await simpler.exact(x, { layer: second })),
    mirrored: await mirroredDeviations(model, x, config),
    seconds: (performance.now() - started) / 1000,
  };
}

async function sampleAll(
  model: Model,
  x: TensorLike,
  { samples, seed, ...config }: Config,
  deterministic: Readonly<Record<string, Tensor>>,
): Promise<Record<string, LayerStatistics>> {
  const layers = hiddenNames({ samples, seed, ...config });
  const blocks: Record<string, MCResult>[] = [];
  for (let block = 0; block < BLOCKS; block++) {
    const options = { layer: layers, masks: "independent", geometricMeans: true } as const;
    blocks.push(await model.predictMC(x, { ...options, samples: samples / BLOCKS, seed: seed + 10 + block }));
  }
  return Object.fromEntries(
    layers.map((name) => {
      const parts = blocks.map((block) => block[name] as MCResult);
      return [name, joined(parts, (deterministic[name] as Tensor).data, BigInt(samples))];
    }),
  );
}

/** The statistics of all blocks together, which have equally many samples. */
function joined(
  blocks: readonly MCResult[],
  deterministic: ArrayLike<number>,
  subnetworks: bigint,
): LayerStatistics {
  const units = deterministic.length;
  const over = (of: (block: MCResult, unit: number) => number) =>
    Float64Array.from({ length: units }, (_, unit) => {
      return blocks.reduce((sum, block) => sum + of(block, unit), 0) / blocks.length;
    });
  const mean = over((block, unit) => block.mean.data[unit] as number);
  const gap = (block: MCResult, unit: number) =>
    (block.mean.data[unit] as number) - (block.nwgm?.data[unit] as number);
  const meanGap = over(gap);
  const within = over((block, unit) => block.variance.data[unit] as number);
  const between = over((block, unit) => ((block.mean.data[unit] as number) - (mean[unit] as number)) ** 2);
  const spread = over((block, unit) => (gap(block, unit) - (meanGap[unit] as number)) ** 2);
  // Logits, not values, are means over the samples.
  const logit = over((block, unit) => logitOf(block.nwgm?.data[unit] as number));
  const variance = within.map((value, unit) => value + (between[unit] as number));
  return {
    mean,
    nwgm: logit.map(logistic),
    variance,
    deterministic,
    gapError: spread.map((value) => Math.sqrt(value / (blocks.length - 1))),
    meanError: variance.map((value) => Math.sqrt(value / Number(subnetworks))),
    subnetworks,
  };
}

function logitOf(probability: number): number {
  return Math.log(probability) - Math.log1p(-probability);
}

function fromExact({ mean, nwgm, variance, deterministic, subnetworks }: ExactResult): LayerStatistics {
  const none = new Float64Array(mean.data.length);
  return {
    mean: mean.data,
    nwgm: (nwgm as Tensor<Float64Array>).data,
    variance: variance.data,
    deterministic: deterministic.data,
    gapError: none,
    meanError: none,
    subnetworks,
  };
}

/**
 * E over drawn masks m of the input, the gates of the layer below integrated: `E_m`. NWGM is σ(S*) with S* the mean input, which the
 * exact means `below` give. The mean input `S_m` given a mask is known too, and most of the noise of `E_m` is that of `S_m`:
 * `E_m − σ'(S*)(S_m − S*)` has the same mean, and what the draws do alike to both is gone (a control variate).
 */
async function integrate(
  model: Model,
  x: TensorLike,
  config: Config,
  deterministic: Readonly<Record<string, Tensor>>,
  below: Float64Array,
): Promise<Statistics["integratedSecond"]> {
  const { integrated: masks, seed } = config;
  const [first = "", second = ""] = hiddenNames(config);
  const options = { samples: masks, seed: seed + 30, masks: "independent" } as const;
  const drawn = { ...options, keepSamples: true } as const;
  const given = await model.predictMC(x, { ...drawn, layer: second, integrateLast: true });
  // The same seed draws the same masks of the input.
  const activities = await model.predictMC(x, { ...drawn, layer: first });
  const plain = await model.predictMC(x, { ...options, layer: second });
  const input = meanInputOf(model, second);
  const known = input(below);
  const inputs = rowsOf(activities.samples, masks).map(input);
  const slope = known.map((value) => logistic(value) * (1 - logistic(value)));
  const corrected = rowsOf(given.samples, masks).map((means, mask) =>
    Float64Array.from(means, (mean, unit) => {
      const off = (inputs[mask]?.[unit] as number) - (known[unit] as number);
      return mean - (slope[unit] as number) * off;
    }),
  );
  const mean = known.map((_, unit) => average(corrected.map((means) => means[unit] as number)));
  const error = mean.map((centre, unit) => {
    const squares = corrected.map((means) => ((means[unit] as number) - centre) ** 2);
    return Math.sqrt(average(squares) / (masks - 1));
  });
  return {
    mean,
    nwgm: known.map(logistic),
    variance: given.variance.data,
    deterministic: (deterministic[second] as Tensor).data,
    gapError: error,
    meanError: error,
    subnetworks: BigInt(masks),
    uncorrectedError: given.standardError.data,
    plainError: plain.standardError.data,
  };
}

function logistic(input: number): number {
  return 1 / (1 + Math.exp(-input));
}

/** The rows of kept samples of one input, `[samples, 1, units]`. */
function rowsOf(kept: Tensor | undefined, samples: number): ArrayLike<number>[] {
  const { data } = kept as Tensor;
  const units = data.length / samples;
  return Array.from({ length: samples }, (_, row) => data.slice(row * units, (row + 1) * units));
}

/** Returns a function from activities of the layer below to the mean input of each unit: gates are scaled by their keep probability. */
function meanInputOf(model: Model, layer: string): (below: ArrayLike<number>) => Float64Array {
  const [kernel, bias] = weightsOf(model, layer);
  const units = bias.length;
  return (below) => {
    const inputs = Float64Array.from(bias);
    for (let i = 0; i < below.length; i++) {
      const activity = below[i] as number;
      for (let unit = 0; unit < units; unit++) {
        inputs[unit] = (inputs[unit] as number) + activity * (kernel[i * units + unit] as number);
      }
    }
    return inputs;
  };
}

function weightsOf(model: Model, layer: string): [ArrayLike<number>, ArrayLike<number>] {
  const dense = model.layers.filter(({ kind }) => kind === "dense");
  const index = dense.findIndex(({ name }) => name === layer);
  const [kernel, bias] = model.getWeights().slice(2 * index);
  return [(kernel as Tensor).data, (bias as Tensor).data];
}
