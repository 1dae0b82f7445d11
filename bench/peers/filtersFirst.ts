import type { ConvolutionLayer } from "../data/convolution.ts";
import type { Floats } from "../data/random.ts";

/** Returns the kernel as `[filters, channels, kernelSize, kernelSize]`. */
export function filtersFirst({ channels, filters, kernelSize, kernel }: ConvolutionLayer): Floats {
  const places = kernelSize ** 2;
  return Float32Array.from(kernel, (_, i) => {
    const place = i % places;
    const channel = Math.floor(i / places) % channels;
    const filter = Math.floor(i / places / channels);
    return kernel[(place * channels + channel) * filters + filter] as number;
  });
}
