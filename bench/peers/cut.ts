import { convolvedSize } from "../data/convolution.ts";
import type { Layers } from "../data/layers.ts";
import { layersWithoutGates } from "../data/network.ts";
import type { Sampling } from "../work/work.ts";

/** Layers in two parts: what is computed once, and what for every sample. */
export interface Cut {
  /** What the name of a program that does it so ends with. */
  readonly suffix: string;
  /** Undefined when nothing is. */
  readonly before: Layers | undefined;
  readonly after: Layers;
  /** The place of the first layer of `after.network` in the network. */
  readonly first: number;
}

/** Returns the cut before the first gate: what a user computes once by hand. */
export function cutAtGates({ convolutions, network }: Layers): Cut {
  const fixed = layersWithoutGates(network);
  return {
    suffix: ", cached by hand",
    before: { convolutions, network: network.slice(0, fixed) },
    after: { convolutions: [], network: network.slice(fixed) },
    first: fixed,
  };
}

/** Returns the ways to sample: all layers for every sample, and, where something comes before the first gate, the cut there. */
export function waysToSample({ convolutions, network }: Layers): Cut[] {
  const whole = { suffix: "", before: undefined, after: { convolutions, network }, first: 0 };
  const cached = cutAtGates(whole.after);
  return convolutions.length + cached.first === 0 ? [whole] : [whole, cached];
}

/**
 * Numbers of the widest layer of a group. With fewer, peers lose time between their calls, with more, out of the caches: between
 * 2^17 and 2^21 this is the best, or within a few percent of it, for every peer on W2 and W8.
 */
const NUMBERS_PER_GROUP = 2 ** 20;

/** Returns how many samples a peer takes at a time; it divides the number of samples. */
export function groupSize({ samples, rows }: Sampling, { after: { convolutions, network } }: Cut): number {
  const images = convolutions.map((layer) => {
    const [height, width] = convolvedSize(layer);
    return height * width * layer.filters;
  });
  const gated = network.map(({ inputs, rate }) => (rate > 0 ? inputs : 0));
  const widest = Math.max(...images, ...gated, ...network.map(({ units }) => units));
  const most = Math.max(1, Math.floor(NUMBERS_PER_GROUP / (rows * widest)));
  for (let size = Math.min(samples, most); ; size--) {
    if (samples % size === 0) return size;
  }
}
