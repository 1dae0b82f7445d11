import type { DenseLayer, Network } from "../../data/network.ts";
import { type Answer, meanOf, varianceOf } from "../../work/answer.ts";
import { type Program, timed } from "../../work/program.ts";
import type { Enumeration } from "../../work/work.ts";

/** All masks of each layer inside those of the layer before, in double precision; every unit is logistic. */
export async function enumeration({ network, x }: Enumeration): Promise<Program[]> {
  const run = () =>
    timed(() => {
      const sums = network.map(({ units }) => ({
        count: 0,
        first: new Float64Array(units),
        second: new Float64Array(units),
      }));
      walk(network, Float64Array.from(x), sums);
      return answerOf(sums);
    });
  return [{ name: "plain-js", run, close: () => undefined }];
}

interface Sums {
  count: number;
  readonly first: Float64Array;
  readonly second: Float64Array;
}

function walk(network: Network, input: Float64Array, [own, ...below]: readonly Sums[]): void {
  const [layer, ...rest] = network;
  if (layer === undefined || own === undefined) return;
  const { units } = layer;
  const activities = allMasks(layer, input);
  for (let i = 0; i < activities.length; i++) {
    const activity = 1 / (1 + Math.exp(-(activities[i] as number)));
    activities[i] = activity;
    own.first[i % units] = (own.first[i % units] as number) + activity;
    own.second[i % units] = (own.second[i % units] as number) + activity * activity;
  }
  own.count += activities.length / units;
  if (rest.length === 0) return;
  for (let i = 0; i < activities.length; i += units) walk(rest, activities.subarray(i, i + units), below);
}

/** The pre-activations under every mask of the inputs, `[masks, units]`: each further input doubles them. */
function allMasks({ inputs, units, kernel, bias, rate }: DenseLayer, input: Float64Array): Float64Array {
  const sums = new Float64Array(2 ** inputs * units);
  if (bias !== undefined) sums.set(bias);
  for (let i = 0, known = units; i < inputs; i++, known *= 2) {
    const value = (input[i] as number) / (1 - rate);
    for (let k = 0; k < known; k++) {
      sums[known + k] = (sums[k] as number) + value * (kernel[i * units + (k % units)] as number);
    }
  }
  return sums;
}

function answerOf(sums: readonly Sums[]): Answer {
  const named = sums.flatMap(({ count, first, second }, layer) => {
    const mean = first.map((sum) => sum / count);
    const variance = second.map((sum, unit) => sum / count - (mean[unit] as number) ** 2);
    return [
      [meanOf(layer), mean],
      [varianceOf(layer), variance],
    ] as const;
  });
  return Object.fromEntries(named);
}
