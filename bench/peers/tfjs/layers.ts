import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import type { Layers } from "../../data/layers.ts";
import type { Activation } from "../../data/network.ts";

export type Tf = typeof import("@tensorflow/tfjs-core");

/** A dense layer on the backend. */
export interface TfLayer {
  readonly activation: Activation;
  readonly kernel: Tensor2D;
  readonly bias: Tensor1D | undefined;
}

/** A convolution and its pool on the backend. */
export interface TfConvolution {
  readonly kernel: Tensor4D;
  readonly bias: Tensor1D;
  readonly poolSize: number;
}

/** All layers of a model on the backend. */
export interface TfLayers {
  readonly convolutions: readonly TfConvolution[];
  readonly network: readonly TfLayer[];
}

export function layersOf(tf: Tf, { convolutions, network }: Layers): TfLayers {
  return {
    convolutions: convolutions.map(({ kernelSize, channels, filters, kernel, bias, poolSize }) => ({
      kernel: tf.tensor4d(kernel, [kernelSize, kernelSize, channels, filters]),
      bias: tf.tensor1d(bias),
      poolSize,
    })),
    network: network.map(({ inputs, units, activation, kernel, bias }) => ({
      activation,
      kernel: tf.tensor2d(kernel, [inputs, units]),
      bias: bias && tf.tensor1d(bias),
    })),
  };
}

/** One layer of `[rows, inputs]`, fused into one kernel. */
export function dense(tf: Tf, a: Tensor2D, { activation, kernel: b, bias }: TfLayer): Tensor2D {
  return tf.fused.matMul({ a, b, activation, ...(bias === undefined ? {} : { bias }) }) as Tensor2D;
}

/** A convolution of `[rows, height, width, channels]`, with its bias one kernel. */
export function convolve(tf: Tf, x: Tensor4D, { kernel, bias }: TfConvolution): Tensor4D {
  return tf.fused.conv2d({ x, filter: kernel, strides: 1, pad: "valid", bias, activation: "linear" });
}

export function pool(tf: Tf, images: Tensor4D, { poolSize }: TfConvolution): Tensor4D {
  return tf.maxPool(images, poolSize, poolSize, "valid");
}

/** What dense layers read behind the convolutions, `[rows, inputs]`. */
export function flattened(tf: Tf, x: Tensor, convolutions: readonly TfConvolution[]): Tensor2D {
  const images = convolutions.reduce(
    (values, layer) => pool(tf, convolve(tf, values, layer), layer),
    x as Tensor4D,
  );
  return tf.reshape(images, [x.shape[0] as number, -1]);
}

export function disposeLayers({ convolutions, network }: TfLayers): void {
  for (const { kernel, bias } of [...convolutions, ...network]) {
    kernel.dispose();
    bias?.dispose();
  }
}
