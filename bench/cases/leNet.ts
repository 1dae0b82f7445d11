import { makeConvolution, productsPerImage } from "../data/convolution.ts";
import type { Layers } from "../data/layers.ts";
import { makeNetwork } from "../data/network.ts";
import { RandomWords } from "../data/random.ts";

/** Numbers of an image, `[28, 28, 1]`. */
export const PIXELS = 28 * 28;

/**
 * LeNet as Gal & Ghahramani (2016) have it: linear convolutions 5×5×20 and 5×5×50 with a max pool of 2 each, 500 ReLU units,
 * dropout 0.5, 10 linear outputs.
 */
export function leNet(): Layers {
  const random = new RandomWords(5);
  const sizes = { kernelSize: 5, poolSize: 2 };
  const outline = { widths: [800, 500, 10], hidden: "relu", output: "linear" } as const;
  return {
    convolutions: [
      makeConvolution({ ...sizes, height: 28, width: 28, channels: 1, filters: 20 }, random),
      makeConvolution({ ...sizes, height: 12, width: 12, channels: 20, filters: 50 }, random),
    ],
    network: makeNetwork({ ...outline, inputRate: 0, hiddenRate: 0.5 }, 55),
  };
}

/** Returns how many multiplications each layer of the network costs for one image. */
export function leNetProducts({ convolutions, network }: Layers): number[] {
  return [...productsPerImage(convolutions), ...network.map(({ kernel }) => kernel.length)];
}
