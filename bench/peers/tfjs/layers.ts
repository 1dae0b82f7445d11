import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import type { Activation, Network } from "../../data/network.ts";

export type Tf = typeof import("@tensorflow/tfjs-core");

/** A dense layer on the backend. */
export interface TfLayer {
  readonly activation: Activation;
  readonly kernel: Tensor2D;
  readonly bias: Tensor1D | undefined;
}

export function layersOf(tf: Tf, network: Network): TfLayer[] {
  return network.map(({ inputs, units, activation, kernel, bias }) => ({
    activation,
    kernel: tf.tensor2d(kernel, [inputs, units]),
    bias: bias && tf.tensor1d(bias),
  }));
}

/** One layer of `[rows, inputs]`, fused into one kernel. */
export function dense(tf: Tf, a: Tensor2D, { activation, kernel: b, bias }: TfLayer): Tensor2D {
  return tf.fused.matMul({ a, b, activation, ...(bias === undefined ? {} : { bias }) }) as Tensor2D;
}

export function disposeLayers(layers: readonly TfLayer[]): void {
  for (const { kernel, bias } of layers) {
    kernel.dispose();
    bias?.dispose();
  }
}
