// Sparsity and the consistency of the next layer: the same network with one hidden layer dense instead of sparse.
import type { MCResult, Model, TensorLike } from "thinned";
import { average } from "./layerNumbers.ts";
import { hiddenNames, network } from "./network.ts";
import type { Config } from "./options.ts";

/** How much the units of a hidden layer vary over the subnetworks, mean standard deviations. */
export interface MirroredDeviation {
  readonly name: string;
  readonly deviation: number;
  /** With the layer below mirrored. */
  readonly mirrored: number;
}

/**
 * The same weight-scaled network with the activities of one hidden layer mirrored, `1 − O` for `O`: a logistic unit whose incoming weights
 * and bias are negated has that activity, and the layer above has its mean inputs again when it takes `Σ w` into its biases and
 * negates its weights. Gates that drop `1 − O` for `O` are then all that differs.
 */
export function withMirroredLayer(config: Config, model: Model, layer: string): Model {
  const names: readonly string[] = hiddenNames(config);
  const index = names.indexOf(layer);
  const weights = model.getWeights().map(({ data, shape }) => ({ data: Float32Array.from(data), shape }));
  const [kernel, bias, above, biasAbove] = weights.slice(2 * index).map(({ data }) => data);
  if (kernel === undefined || bias === undefined || above === undefined || biasAbove === undefined) {
    throw new RangeError(`Cannot mirror layer ${JSON.stringify(layer)}: a hidden layer is wanted`);
  }
  const sums = Float64Array.from(biasAbove);
  above.forEach((weight, i) => {
    const unit = i % sums.length; // [units, units above]
    sums[unit] = (sums[unit] as number) + weight;
  });
  biasAbove.set(sums);
  for (const values of [kernel, bias, above]) values.set(values.map((value) => -value));
  const mirrored = network(config);
  mirrored.setWeights(weights);
  return mirrored;
}

/** Returns, for each hidden layer above the first, how its units deviate with the layer below as it is and mirrored; `x` is `[1, 784]`. */
export async function mirroredDeviations(
  model: Model,
  x: TensorLike,
  config: Config,
): Promise<MirroredDeviation[]> {
  const found: MirroredDeviation[] = [];
  const [first = "", ...higher] = hiddenNames(config);
  let below = first;
  for (const name of higher) {
    using mirrored = withMirroredLayer(config, model, below);
    const deviationOf = async (of: Model) => {
      const options = { samples: config.samples / 10, seed: config.seed + 40, masks: "independent" } as const;
      const { variance }: MCResult = await of.predictMC(x, { ...options, layer: name });
      return average(variance.data.map(Math.sqrt));
    };
    found.push({ name, deviation: await deviationOf(model), mirrored: await deviationOf(mirrored) });
    below = name;
  }
  return found;
}
