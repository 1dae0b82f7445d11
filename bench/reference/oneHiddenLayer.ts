import type { DenseLayer } from "../data/network.ts";
import { denseRow } from "./forward.ts";
import { type ExpectedMoments, PowerSums } from "./moments.ts";
import { sumOfGates } from "./sumOfGates.ts";

/**
 * Returns the exact moments of one linear output behind one hidden layer, for one row. The masks of the input are enumerated;
 * over the gates of the hidden layer the output is a sum of independent terms, whose cumulants add up.
 */
export function oneHiddenLayer(hidden: DenseLayer, output: DenseLayer, x: Float32Array): ExpectedMoments {
  const keep = 1 - hidden.rate;
  const within = { second: 0, fourth: 0 };
  const pilot = sumOfGates(output, denseRow(hidden, Float64Array.from(x)), 0).mean;
  const conditional: { mean: number; second: number; third: number; probability: number }[] = [];
  const between = new PowerSums(Float64Array.of(pilot));
  for (let mask = 0; mask < 2 ** hidden.inputs; mask++) {
    let probability = 1;
    const gated = Float64Array.from(x, (value, i) => {
      const kept = (mask >>> i) & 1;
      probability *= kept ? keep : hidden.rate;
      return kept ? value / keep : 0;
    });
    const { mean, second, third, fourth } = sumOfGates(output, denseRow(hidden, gated), 0);
    between.add(Float64Array.of(mean), probability);
    within.second += probability * second;
    within.fourth += probability * fourth;
    conditional.push({ mean, second, third, probability });
  }
  const { mean, variance, fourth } = between.finish();
  const centre = mean[0] as number;
  // E(Y − E)⁴ = E[m4 + 4 m3 d + 6 m2 d² + d⁴], with d the deviation of the conditional mean.
  const mixed = conditional.reduce((sum, { mean, second, third, probability }) => {
    const deviation = mean - centre;
    return sum + probability * (4 * third * deviation + 6 * second * deviation ** 2);
  }, 0);
  return {
    mean: [centre],
    variance: [(variance[0] as number) + within.second],
    fourth: [(fourth[0] as number) + mixed + within.fourth],
  };
}
