import type { Activation, DenseLayer, Network } from "../data/network.ts";

/** Returns the outputs of the network without gates for one row, in double precision. */
export function forwardRow(network: Network, x: ArrayLike<number>): Float64Array {
  return network.reduce<Float64Array>((input, layer) => denseRow(layer, input), Float64Array.from(x));
}

/** Returns one layer of one row: `activation(input · kernel + bias)`. */
export function denseRow(
  { inputs, units, activation, kernel, bias }: DenseLayer,
  input: Float64Array,
): Float64Array {
  const sums = bias === undefined ? new Float64Array(units) : Float64Array.from(bias);
  for (let i = 0; i < inputs; i++) {
    const value = input[i] as number;
    // A dropped input, or a zero behind a ReLU, adds nothing.
    if (value === 0) continue;
    const start = i * units;
    for (let j = 0; j < units; j++) sums[j] = (sums[j] as number) + value * (kernel[start + j] as number);
  }
  return activate(sums, activation);
}

function activate(sums: Float64Array, activation: Activation): Float64Array {
  if (activation === "relu") return sums.map((sum) => Math.max(0, sum));
  if (activation === "sigmoid") return sums.map((sum) => 1 / (1 + Math.exp(-sum)));
  return sums;
}
