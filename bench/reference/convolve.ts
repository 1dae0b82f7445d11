import { type ConvolutionLayer, type Convolutions, pooledShape } from "../data/convolution.ts";

/** What a layer gives for one image. */
export interface Pooled {
  /** `[height, width, filters]` */
  readonly values: Float64Array;
  /** The row and the column at which the convolution of each value begins, as `row · width + column` of the image. */
  readonly places: Int32Array;
}

/** Returns what the layers give for one image, flattened, in double precision; without layers the image. */
export function convolveRow(convolutions: Convolutions, image: ArrayLike<number>): Float64Array {
  return convolutions.reduce<Float64Array>(
    (values, layer) => convolve(layer, values).values,
    Float64Array.from(image),
  );
}

/** Returns one layer of one image, in double precision: of each window of sums the largest. */
export function convolve(layer: ConvolutionLayer, image: Float64Array): Pooled {
  const { filters, poolSize } = layer;
  const [height, width] = pooledShape(layer);
  const values = new Float64Array(height * width * filters).fill(Number.NEGATIVE_INFINITY);
  const places = new Int32Array(values.length);
  for (let row = 0; row < height * poolSize; row++) {
    for (let column = 0; column < width * poolSize; column++) {
      const place = row * layer.width + column;
      const sums = sumsAt(layer, image, place);
      const start = (Math.floor(row / poolSize) * width + Math.floor(column / poolSize)) * filters;
      for (let filter = 0; filter < filters; filter++) {
        if ((sums[filter] as number) <= (values[start + filter] as number)) continue;
        values[start + filter] = sums[filter] as number;
        places[start + filter] = place;
      }
    }
  }
  return { values, places };
}

/** The sums of all filters at one place. */
function sumsAt(layer: ConvolutionLayer, image: Float64Array, place: number): Float64Array {
  const { width, channels, filters, kernelSize, kernel } = layer;
  const sums = Float64Array.from(layer.bias);
  // The columns and channels of a kernel are next to each other, in the image too.
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
  return sums;
}
