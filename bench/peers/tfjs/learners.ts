import type { Rank, Tensor } from "@tensorflow/tfjs-core";
import type { Layers } from "../../data/layers.ts";
import { layersOf, type Tf, type TfLayers } from "./layers.ts";

/** The gradient of the mean loss with respect to numbers that learn, under the name of their variable. */
export interface Gradient {
  readonly name: string;
  readonly tensor: Tensor;
}

/** Returns the layers with variables in place of their numbers; convolutions are counted before dense layers. */
export function learnersOf(tf: Tf, layers: Layers): TfLayers {
  const variable = <R extends Rank>(initial: Tensor<R>, name: string) =>
    tf.variable(initial, true, name) as Tensor<R>;
  return tf.tidy(() => {
    const { convolutions, network } = layersOf(tf, layers);
    return {
      convolutions: convolutions.map(({ kernel, bias, poolSize }, index) => ({
        kernel: variable(kernel, kernelName(index)),
        bias: variable(bias, biasName(index)),
        poolSize,
      })),
      network: network.map(({ kernel, bias, activation }, i) => {
        const index = convolutions.length + i;
        return {
          kernel: variable(kernel, kernelName(index)),
          bias: bias && variable(bias, biasName(index)),
          activation,
        };
      }),
    };
  });
}

/** Returns the gradients of layer `index` under the names of its variables. */
export function named(index: number, kernel: Tensor, bias: Tensor): Gradient[] {
  return [
    { name: kernelName(index), tensor: kernel },
    { name: biasName(index), tensor: bias },
  ];
}

function kernelName(index: number): string {
  return `kernel${index}`;
}

function biasName(index: number): string {
  return `bias${index}`;
}
