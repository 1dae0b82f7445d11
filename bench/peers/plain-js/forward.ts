import type { Network } from "../../data/network.ts";
import { output } from "../../work/answer.ts";
import { type Program, timed } from "../../work/program.ts";
import type { Forward } from "../../work/work.ts";
import { denseRow } from "./layer.ts";

export async function forward({ network, x, rows }: Forward): Promise<Program[]> {
  const inputs = x.length / rows;
  const predict = () => {
    const units = network.at(-1)?.units ?? 0;
    const result = new Float32Array(rows * units);
    for (let row = 0; row < rows; row++) {
      result.set(outputsOf(network, x.subarray(row * inputs, (row + 1) * inputs)), row * units);
    }
    return result;
  };
  const run = () => timed(() => ({ [output]: predict() }));
  return [{ name: "plain-js", run, close: () => undefined }];
}

/** Returns the outputs of layers without gates for one row. */
export function outputsOf(network: Network, x: Float32Array): Float32Array {
  return network.reduce((input, layer) => {
    const values = new Float32Array(layer.units);
    denseRow(layer, input, values);
    return values;
  }, x);
}
