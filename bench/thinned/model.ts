import { type Activation, dense, dropout, init, type Model, sequential } from "thinned";
import type { Network } from "../data/network.ts";
import type { BenchVariant } from "./variant.ts";

/** Returns the network as a model of the SDK whose `predict()` runs on the variant, by default with its own output. */
export async function modelOf(network: Network, variant: BenchVariant, output?: Activation): Promise<Model> {
  await init({ variant });
  const layers = network.flatMap(({ units, activation: own, rate, bias }, index) => {
    const activation = index === network.length - 1 ? (output ?? own) : own;
    const layer = dense(units, { activation, useBias: bias !== undefined });
    return rate > 0 ? [dropout(rate), layer] : [layer];
  });
  const model = sequential(layers, { inputShape: [network[0]?.inputs ?? 0] });
  setWeights(model, network);
  return model;
}

/** Gives a model the weights of the network that it was made from. */
export function setWeights(model: Model, network: Network): void {
  model.setWeights(
    network.flatMap(({ inputs, units, kernel, bias }) => [
      { data: kernel, shape: [inputs, units] },
      ...(bias === undefined ? [] : [{ data: bias, shape: [units] }]),
    ]),
  );
}
