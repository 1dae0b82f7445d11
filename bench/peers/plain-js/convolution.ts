import { type ConvolutionLayer, type Convolutions, pooledShape } from "../../data/convolution.ts";

/** Returns what the layers give for one image, flattened; without layers the image. */
export function pooledOf(convolutions: Convolutions, image: Float32Array): Float32Array {
  return convolutions.reduce((values, layer) => pooled(layer, values), image);
}

/** One layer of one image: of each window of sums the largest. */
function pooled(layer: ConvolutionLayer, image: Float32Array): Float32Array {
  const { filters, poolSize } = layer;
  const [height, width] = pooledShape(layer);
  const values = new Float32Array(height * width * filters).fill(Number.NEGATIVE_INFINITY);
  const sums = new Float32Array(filters);
  for (let row = 0; row < height * poolSize; row++) {
    for (let column = 0; column < width * poolSize; column++) {
      convolve(layer, image, row * layer.width + column, sums);
      const start = (Math.floor(row / poolSize) * width + Math.floor(column / poolSize)) * filters;
      for (let filter = 0; filter < filters; filter++) {
        const [largest, sum] = [values[start + filter] as number, sums[filter] as number];
        if (sum > largest) values[start + filter] = sum;
      }
    }
  }
  return values;
}

/** Computes the sums of all filters at one place; the columns and channels of a kernel are next to each other, as in the image. */
function convolve(
  { width, channels, filters, kernelSize, kernel, bias }: ConvolutionLayer,
  image: Float32Array,
  place: number,
  sums: Float32Array,
): void {
  sums.set(bias);
  const line = kernelSize * channels;
  for (let row = 0, weight = 0; row < kernelSize; row++) {
    const start = (place + row * width) * channels;
    for (let input = start; input < start + line; input++, weight += filters) {
      const value = image[input] as number;
      for (let filter = 0; filter < filters; filter++) {
        sums[filter] = (sums[filter] as number) + value * (kernel[weight + filter] as number);
      }
    }
  }
}
