import type { Array as JaxArray } from "@jax-js/jax";
import { type ConvolutionLayer, type Convolutions, pooledShape } from "../../data/convolution.ts";
import type { Layers } from "../../data/layers.ts";
import type { Activation } from "../../data/network.ts";
import { filtersFirst } from "../filtersFirst.ts";

export type Jax = typeof import("@jax-js/jax");

export type { JaxArray };

/** The numbers of a layer. A type and not an interface: jit() takes trees of arrays. */
export type JaxLayer = { kernel: JaxArray; bias: JaxArray };

/** Returns the numbers of the convolutions and then of the dense layers. */
export function layersOf({ numpy }: Jax, { convolutions, network }: Layers): JaxLayer[] {
  const images = convolutions.map((layer) => {
    const { channels, filters, kernelSize, bias } = layer;
    return {
      kernel: numpy.array(filtersFirst(layer), { shape: [filters, channels, kernelSize, kernelSize] }),
      bias: numpy.array(bias, { shape: [1, filters, 1, 1] }),
    };
  });
  const units = network.map(({ inputs, units, kernel, bias }) => ({
    kernel: numpy.array(kernel, { shape: [inputs, units] }),
    bias: numpy.array(bias ?? new Float32Array(units), { shape: [units] }),
  }));
  return [...images, ...units];
}

/** One layer of `[rows, inputs]`. Like every function of this library it takes over its arguments. */
export function dense(jax: Jax, x: JaxArray, { kernel, bias }: JaxLayer, activation: Activation): JaxArray {
  const sums = jax.numpy.matmul(x, kernel).add(bias);
  if (activation === "linear") return sums;
  return activation === "relu" ? jax.nn.relu(sums) : jax.nn.sigmoid(sums);
}

/** What dense layers read behind the convolutions, `[rows, inputs]`, from `[rows, height, width, channels]`. */
export function flattened(
  jax: Jax,
  x: JaxArray,
  convolutions: Convolutions,
  layers: readonly JaxLayer[],
): JaxArray {
  if (convolutions.length === 0) return x;
  const rows = x.shape[0] as number;
  // The library's convolution reads `[rows, channels, height, width]`.
  const images = convolutions.reduce(
    (values, layer, i) => convolve(jax, values, layer, layers[i] as JaxLayer),
    jax.numpy.transpose(x, [0, 3, 1, 2]),
  );
  return jax.numpy.transpose(images, [0, 2, 3, 1]).reshape([rows, -1]);
}

function convolve(jax: Jax, x: JaxArray, layer: ConvolutionLayer, { kernel, bias }: JaxLayer): JaxArray {
  const sums = jax.lax.conv(x, kernel, [1, 1], "VALID").add(bias);
  const [height, width, filters] = pooledShape(layer);
  const { poolSize } = layer;
  const windows = sums.reshape([sums.shape[0] as number, filters, height, poolSize, width, poolSize]);
  return jax.numpy.max(windows, [3, 5]);
}

/** Returns references to the same layers, for a call to take over. */
export function referencesTo(layers: readonly JaxLayer[]): JaxLayer[] {
  return layers.map(({ kernel, bias }) => ({ kernel: kernel.ref, bias: bias.ref }));
}

export function disposeLayers(layers: readonly JaxLayer[]): void {
  for (const { kernel, bias } of layers) {
    kernel.dispose();
    bias.dispose();
  }
}
