import { type DenseLayer, layersWithoutGates } from "../../data/network.ts";
import { RandomWords } from "../../data/random.ts";
import { type Program, timed } from "../../work/program.ts";
import { reportedLayers, type Sampling } from "../../work/work.ts";
import { fillGates } from "../gates.ts";
import { emptyMoments, sampledAnswer } from "../sampledAnswer.ts";
import { pooledOf } from "./convolution.ts";
import { outputsOf } from "./forward.ts";
import { denseRow } from "./layer.ts";

/** Sample by sample, row by row; what comes before the first gate is computed once. */
export async function sampling(work: Sampling): Promise<Program[]> {
  const run = () => timed(() => sampledAnswer(work, sampledMoments(work)));
  return [{ name: "plain-js", run, close: () => undefined }];
}

function sampledMoments(work: Sampling) {
  const { convolutions, network, x, rows, samples, masks } = work;
  const random = new RandomWords(1);
  const fixed = layersWithoutGates(network);
  const inputs = x.length / rows;
  const before = Array.from({ length: rows }, (_, row) =>
    outputsOf(network.slice(0, fixed), pooledOf(convolutions, x.subarray(row * inputs, (row + 1) * inputs))),
  );
  const moments = emptyMoments(work);
  const reported = reportedLayers(work);
  const sampled = network
    .slice(fixed)
    .map((layer, i) => new SampledLayer(layer, rows, reported.indexOf(fixed + i)));
  for (let sample = 0; sample < samples; sample++) {
    for (let row = 0; row < rows; row++) {
      let input = before[row] as Float32Array;
      for (const layer of sampled) {
        if (row === 0 || masks === "independent") fillGates(layer.factors, layer.dense.rate, random);
        input = layer.pass(input, row);
      }
    }
    for (const { values, index } of sampled) moments[index]?.add(1, values);
  }
  return moments;
}

/** A layer behind gates, with room for its values. */
class SampledLayer {
  readonly dense: DenseLayer;
  /** `[rows, units]`, of the sample at hand. */
  readonly values: Float32Array;
  /** `[inputs]` */
  readonly factors: Float32Array;
  /** Among the reported layers, or -1. */
  readonly index: number;
  readonly #gated: Float32Array;

  constructor(dense: DenseLayer, rows: number, index: number) {
    this.dense = dense;
    this.values = new Float32Array(rows * dense.units);
    this.factors = new Float32Array(dense.inputs);
    this.index = index;
    this.#gated = new Float32Array(dense.inputs);
  }

  pass(input: Float32Array, row: number): Float32Array {
    const { units } = this.dense;
    for (let i = 0; i < input.length; i++)
      this.#gated[i] = (input[i] as number) * (this.factors[i] as number);
    const output = this.values.subarray(row * units, (row + 1) * units);
    denseRow(this.dense, this.#gated, output);
    return output;
  }
}
