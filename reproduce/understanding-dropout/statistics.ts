// What the subnetworks of a trained network do for one input: the numbers behind figure 1.
import type { ExactResult, MCResult, Model, Tensor, TensorLike } from "thinned";
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
  /** Second hidden layer, the gates of the input drawn and those of the first layer integrated; `plainError` of as many plain samples. */
  readonly integratedSecond: LayerStatistics & { readonly plainError: Float64Array };
  /** Without gates on the input: second hidden layer over all masks of the first. */
  readonly exactSecond: LayerStatistics;
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
    integratedSecond: await integrate(model, x, config, second, exactFirst.mean, deterministic),
    exactSecond: fromExact(await simpler.exact(x, { layer: second })),
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
    nwgm: logit.map((value) => 1 / (1 + Math.exp(-value))),
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

/** The gates of the last layer below are integrated; NWGM is that of the mean input, which the exact means below give. */
async function integrate(
  model: Model,
  x: TensorLike,
  { integrated, seed }: Config,
  layer: string,
  below: Float64Array,
  deterministic: Readonly<Record<string, Tensor>>,
): Promise<Statistics["integratedSecond"]> {
  const options = { layer, samples: integrated, seed: seed + 30, masks: "independent" } as const;
  const { mean, variance, standardError } = await model.predictMC(x, { ...options, integrateLast: true });
  const plain = await model.predictMC(x, options);
  const [kernel, bias] = weightsOf(model, layer);
  const units = bias.length;
  const nwgm = Float64Array.from({ length: units }, (_, unit) => {
    const input = below.reduce(
      (sum, activity, i) => sum + activity * (kernel[i * units + unit] as number),
      0,
    );
    return 1 / (1 + Math.exp(-input - (bias[unit] as number)));
  });
  return {
    mean: mean.data,
    nwgm,
    variance: variance.data,
    deterministic: (deterministic[layer] as Tensor).data,
    gapError: standardError.data,
    meanError: standardError.data,
    subnetworks: BigInt(integrated),
    plainError: plain.standardError.data,
  };
}

function weightsOf(model: Model, layer: string): [ArrayLike<number>, ArrayLike<number>] {
  const dense = model.layers.filter(({ kind }) => kind === "dense");
  const index = dense.findIndex(({ name }) => name === layer);
  const [kernel, bias] = model.getWeights().slice(2 * index);
  return [(kernel as Tensor).data, (bias as Tensor).data];
}
