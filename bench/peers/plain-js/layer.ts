import type { Activation, DenseLayer } from "../../data/network.ts";

/** Computes `output = activation(input · kernel + bias)` for one row; a zero input is left out. */
export function denseRow(
  { inputs, units, activation, kernel, bias }: DenseLayer,
  input: Float32Array,
  output: Float32Array,
): void {
  if (bias === undefined) output.fill(0);
  else output.set(bias);
  for (let i = 0; i < inputs; i++) {
    const value = input[i] as number;
    if (value === 0) continue;
    const start = i * units;
    for (let j = 0; j < units; j++) output[j] = (output[j] as number) + value * (kernel[start + j] as number);
  }
  activate(output, activation);
}

function activate(values: Float32Array, activation: Activation): void {
  if (activation === "linear") return;
  for (let j = 0; j < values.length; j++) {
    const value = values[j] as number;
    values[j] = activation === "relu" ? Math.max(0, value) : 1 / (1 + Math.exp(-value));
  }
}
