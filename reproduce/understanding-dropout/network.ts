import { dense, dropout, type Layer, type Model, sequential } from "thinned";
import { pixels } from "../../examples/mnist/dataset.ts";
import type { Config } from "./options.ts";

/** Names of the hidden layers, from the input on. */
export function hiddenNames({ hidden }: Config): `hidden ${number}`[] {
  return hidden.map((_, index) => `hidden ${index + 1}` as const);
}

/** The paper's network: logistic hidden layers and a softmax output, dropout before each of them. */
export function network(config: Config): Model {
  return build(config, config.inputRate);
}

/** The same weights without gates on the input: what its second hidden layer does over all subnetworks can be computed. */
export function withoutInputGates(config: Config, trained: Model): Model {
  const model = build(config, 0);
  model.setWeights(trained.getWeights());
  return model;
}

function build(config: Config, inputRate: number): Model {
  const { hidden, hiddenRate, maxNorm, seed } = config;
  const names = hiddenNames(config);
  const layers = hidden.flatMap((units, index): Layer[] => [
    dropout(index === 0 ? inputRate : hiddenRate),
    dense(units, { activation: "sigmoid", name: names[index], maxNorm }),
  ]);
  const output = dense(10, { activation: "softmax", name: "output", maxNorm });
  return sequential([...layers, dropout(hiddenRate), output], { inputShape: [pixels], seed });
}
