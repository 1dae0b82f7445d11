import { type Floats, noise, RandomWords } from "./random.ts";

/** What a unit does to its pre-activation. */
export type Activation = "linear" | "relu" | "sigmoid";

/** A dense layer, and the gates on what it reads. */
export interface DenseLayer {
  readonly inputs: number;
  readonly units: number;
  readonly activation: Activation;
  /** Of the gates on its inputs; 0 means that there are none. Kept inputs are divided by 1 − rate. */
  readonly rate: number;
  /** `[inputs, units]` */
  readonly kernel: Floats;
  /** `[units]`; a bare product has none. */
  readonly bias: Floats | undefined;
}

/** Layers that each read the one before. */
export type Network = readonly DenseLayer[];

/** What a network looks like, without its numbers. */
export interface Outline {
  /** Of the input, then of every layer. */
  readonly widths: readonly number[];
  readonly hidden: Activation;
  readonly output: Activation;
  /** Of the gates on the input. */
  readonly inputRate: number;
  /** Of the gates on every hidden layer. */
  readonly hiddenRate: number;
}

/** Returns a network with kernels of variance `2 / inputs` (He et al. 2015) and small biases. */
export function makeNetwork(
  { widths, hidden, output, inputRate, hiddenRate }: Outline,
  seed: number,
): Network {
  const random = new RandomWords(seed);
  return widths.slice(1).map((units, index) => {
    const inputs = widths[index] as number;
    return {
      inputs,
      units,
      activation: index === widths.length - 2 ? output : hidden,
      rate: index === 0 ? inputRate : hiddenRate,
      kernel: noise(inputs * units, Math.sqrt(6 / inputs), random),
      bias: noise(units, 0.1, random),
    };
  });
}

/** Returns how many multiplications one row costs. */
export function productsPerRow(network: Network): number {
  return network.reduce((sum, { inputs, units }) => sum + inputs * units, 0);
}

/** Returns how many layers come before the first gate: what a sampler need not compute again. */
export function layersWithoutGates(network: Network): number {
  const gated = network.findIndex(({ rate }) => rate > 0);
  return gated === -1 ? network.length : gated;
}
