import type { ConvolutionLayer } from "../data/convolution.ts";
import { convolve, type Pooled } from "./convolve.ts";
import { Learned } from "./learned.ts";
import type { Learner } from "./learner.ts";

/** A convolution and its pool. */
export class ConvolutionLearner implements Learner {
  readonly learned: readonly [kernel: Learned, bias: Learned];
  readonly #layer: ConvolutionLayer;
  #read: Float64Array = new Float64Array();
  #pooled: Pooled = { values: new Float64Array(), places: new Int32Array() };

  constructor(layer: ConvolutionLayer) {
    const [kernel, bias] = [new Learned(layer.kernel), new Learned(layer.bias)];
    this.learned = [kernel, bias];
    this.#layer = { ...layer, kernel: kernel.values, bias: bias.values };
  }

  draw(): void {}

  forward(values: Float64Array): Float64Array {
    this.#read = values;
    this.#pooled = convolve(this.#layer, values);
    return this.#pooled.values;
  }

  predict(values: Float64Array): Float64Array {
    return convolve(this.#layer, values).values;
  }

  /** Of a window of the pool only the largest value has a gradient. */
  backward(slope: Float64Array): Float64Array {
    const { width, channels, filters, kernelSize } = this.#layer;
    const [kernel, bias] = this.learned;
    const line = kernelSize * channels;
    const below = new Float64Array(this.#read.length);
    for (let output = 0; output < slope.length; output++) {
      const filter = output % filters;
      const gradient = slope[output] as number;
      bias.add(filter, gradient);
      for (let row = 0, weight = filter; row < kernelSize; row++) {
        const start = ((this.#pooled.places[output] as number) + row * width) * channels;
        for (let input = start; input < start + line; input++, weight += filters) {
          kernel.add(weight, gradient * (this.#read[input] as number));
          below[input] = (below[input] as number) + gradient * (kernel.values[weight] as number);
        }
      }
    }
    return below;
  }
}
