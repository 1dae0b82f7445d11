import type { Array as JaxArray } from "@jax-js/jax";
import type { Activation, Network } from "../../data/network.ts";

export type Jax = typeof import("@jax-js/jax");

export type { JaxArray };

/** The numbers of a layer. A type and not an interface: jit() takes trees of arrays. */
export type JaxLayer = { kernel: JaxArray; bias: JaxArray };

export function layersOf({ numpy }: Jax, network: Network): JaxLayer[] {
  return network.map(({ inputs, units, kernel, bias }) => ({
    kernel: numpy.array(kernel, { shape: [inputs, units] }),
    bias: numpy.array(bias ?? new Float32Array(units), { shape: [units] }),
  }));
}

/** One layer of `[rows, inputs]`. Like every function of this library it takes over its arguments. */
export function dense(jax: Jax, x: JaxArray, { kernel, bias }: JaxLayer, activation: Activation): JaxArray {
  const sums = jax.numpy.matmul(x, kernel).add(bias);
  if (activation === "linear") return sums;
  return activation === "relu" ? jax.nn.relu(sums) : jax.nn.sigmoid(sums);
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
