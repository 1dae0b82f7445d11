import type { DenseLayer } from "../data/network.ts";
import type { RandomWords } from "../data/random.ts";
import { denseRow } from "./forward.ts";
import { Learned } from "./learned.ts";
import type { Learner } from "./learner.ts";

/** A dense layer and the gates on what it reads. */
export class DenseLearner implements Learner {
  readonly learned: readonly [kernel: Learned, bias: Learned];
  readonly #layer: DenseLayer;
  readonly #random: RandomWords;
  /** `[inputs]`; none without gates. */
  readonly #factors: Float64Array | undefined;
  #read: Float64Array = new Float64Array();
  #outputs: Float64Array = new Float64Array();

  constructor(layer: DenseLayer, random: RandomWords) {
    const [kernel, bias] = [
      new Learned(layer.kernel),
      new Learned(layer.bias ?? new Float32Array(layer.units)),
    ];
    this.learned = [kernel, bias];
    this.#layer = { ...layer, kernel: kernel.values, bias: bias.values };
    this.#random = random;
    this.#factors = layer.rate > 0 ? new Float64Array(layer.inputs) : undefined;
  }

  draw(): void {
    const keep = 1 - this.#layer.rate;
    const factors = this.#factors ?? [];
    for (let i = 0; i < factors.length; i++) factors[i] = this.#random.uniform() < keep ? 1 / keep : 0;
  }

  forward(values: Float64Array): Float64Array {
    const factors = this.#factors;
    this.#read = factors === undefined ? values : values.map((value, i) => value * (factors[i] as number));
    this.#outputs = denseRow(this.#layer, this.#read);
    return this.#outputs;
  }

  predict(values: Float64Array): Float64Array {
    return denseRow(this.#layer, values);
  }

  backward(above: Float64Array): Float64Array {
    const { inputs, units, activation } = this.#layer;
    const [kernel, bias] = this.learned;
    const slope =
      activation === "relu" ? above.map((value, j) => (this.#outputs[j] === 0 ? 0 : value)) : above;
    for (let j = 0; j < units; j++) bias.add(j, slope[j] as number);
    const below = new Float64Array(inputs);
    for (let i = 0; i < inputs; i++) {
      const value = this.#read[i] as number;
      // A dropped input, or a zero behind a ReLU, has no gradient.
      if (value === 0) continue;
      let sum = 0;
      for (let j = 0; j < units; j++) {
        const gradient = slope[j] as number;
        kernel.add(i * units + j, value * gradient);
        sum += (kernel.values[i * units + j] as number) * gradient;
      }
      below[i] = sum * (this.#factors?.[i] ?? 1);
    }
    return below;
  }
}
