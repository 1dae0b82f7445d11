import {
  type Activation,
  conv2d,
  dense,
  dropout,
  flatten,
  init,
  type Model,
  maxPool2d,
  sequential,
} from "thinned";
import { batchShape } from "../data/convolution.ts";
import type { Layers } from "../data/layers.ts";
import type { Network } from "../data/network.ts";
import type { BenchVariant } from "./variant.ts";

/** Returns the network as a model of the SDK whose `predict()` runs on the variant. */
export function modelOf(network: Network, variant: BenchVariant): Promise<Model> {
  return modelBehind({ convolutions: [], network }, variant);
}

/** Returns the same behind convolutions, by default with the network's own output. */
export async function modelBehind(
  { convolutions, network }: Layers,
  variant: BenchVariant,
  output?: Activation,
): Promise<Model> {
  await init({ variant });
  const images = convolutions.flatMap(({ filters, kernelSize, poolSize }) => [
    conv2d(filters, { kernelSize }),
    maxPool2d({ poolSize }),
  ]);
  const layers = network.flatMap(({ units, activation: own, rate, bias }, index) => {
    const activation = index === network.length - 1 ? (output ?? own) : own;
    const layer = dense(units, { activation, useBias: bias !== undefined });
    return rate > 0 ? [dropout(rate), layer] : [layer];
  });
  const [, ...inputShape] = batchShape(convolutions, 1, network[0]?.inputs ?? 0);
  const model = sequential([...images, ...(images.length > 0 ? [flatten()] : []), ...layers], { inputShape });
  setWeights(model, { convolutions, network });
  return model;
}

/** Gives a model the weights of the layers that it was made from. */
export function setWeights(model: Model, { convolutions, network }: Layers): void {
  const images = convolutions.flatMap(({ kernelSize, channels, filters, kernel, bias }) => [
    { data: kernel, shape: [kernelSize, kernelSize, channels, filters] },
    { data: bias, shape: [filters] },
  ]);
  const units = network.flatMap(({ inputs, units, kernel, bias }) => [
    { data: kernel, shape: [inputs, units] },
    ...(bias === undefined ? [] : [{ data: bias, shape: [units] }]),
  ]);
  model.setWeights([...images, ...units]);
}
