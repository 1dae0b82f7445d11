import { type Floats, noise, type RandomWords } from "./random.ts";

/** A linear convolution that moves by one inside its images, and a max pool over windows that do not overlap. No gate is on it. */
export interface ConvolutionLayer {
  /** Of the images that it reads, `[rows, height, width, channels]`. */
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly filters: number;
  readonly kernelSize: number;
  /** It divides the height and the width of what the convolution gives. */
  readonly poolSize: number;
  /** `[kernelSize, kernelSize, channels, filters]` */
  readonly kernel: Floats;
  /** `[filters]` */
  readonly bias: Floats;
}

/** Layers before the dense ones of a network, whose first reads what the last of these gives, flattened; often none. */
export type Convolutions = readonly ConvolutionLayer[];

type Sizes = Pick<ConvolutionLayer, "height" | "width" | "channels" | "filters" | "kernelSize" | "poolSize">;

/** Returns a layer with a kernel of variance `1 / inputs` and small biases. */
export function makeConvolution(sizes: Sizes, random: RandomWords): ConvolutionLayer {
  const { channels, filters, kernelSize } = sizes;
  const inputs = kernelSize ** 2 * channels;
  const kernel = noise(inputs * filters, Math.sqrt(3 / inputs), random);
  return { ...sizes, kernel, bias: noise(filters, 0.1, random) };
}

/** Returns the height and the width of the images between the convolution and its pool. */
export function convolvedSize({ height, width, kernelSize }: ConvolutionLayer): [number, number] {
  return [height - kernelSize + 1, width - kernelSize + 1];
}

/** Returns the height, the width and the channels of the images that the layer gives. */
export function pooledShape(layer: ConvolutionLayer): [number, number, number] {
  const [height, width] = convolvedSize(layer);
  return [height / layer.poolSize, width / layer.poolSize, layer.filters];
}

/** Returns the shape of a batch of `rows` inputs with `inputs` numbers each: images where there are convolutions. */
export function batchShape(convolutions: Convolutions, rows: number, inputs: number): number[] {
  const [first] = convolutions;
  return first === undefined ? [rows, inputs] : [rows, first.height, first.width, first.channels];
}

/** Returns how many multiplications each layer costs for one image. */
export function productsPerImage(convolutions: Convolutions): number[] {
  return convolutions.map((layer) => {
    const [height, width] = convolvedSize(layer);
    return height * width * layer.kernel.length;
  });
}
