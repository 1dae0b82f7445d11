import type { Callback, CallbackState, FitControl, MCResult, Model, TensorLike } from "thinned";
import { hiddenNames, network } from "./network.ts";
import type { Config } from "./options.ts";

/** Mean and standard deviation of every hidden unit for one input, before training and after each epoch. */
export interface Course {
  readonly epochs: readonly number[];
  /** By layer `[epochs, units]`. */
  readonly mean: Readonly<Record<string, readonly Float64Array[]>>;
  readonly deviation: Readonly<Record<string, readonly Float64Array[]>>;
}

/** Follows the units of a network while it is trained; what it has seen goes into the checkpoint of the fit. */
export class Probe implements Callback {
  readonly #config: Config;
  readonly #x: TensorLike;
  readonly #layers: string[];
  readonly #model: Model;
  #seen: Float32Array[] = []; // by epoch [layers, 2, units]

  constructor(config: Config, x: TensorLike) {
    this.#config = config;
    this.#x = x;
    this.#layers = hiddenNames(config);
    this.#model = network(config);
  }

  async onTrainBegin(control: FitControl): Promise<void> {
    if (this.#seen.length === 0) await this.#look(control);
  }

  async onEpochEnd(_epoch: number, _logs: unknown, control: FitControl): Promise<void> {
    await this.#look(control);
  }

  async #look(control: FitControl): Promise<void> {
    const { probeSamples, seed } = this.#config;
    this.#model.setWeights(control.getWeights());
    const options = {
      samples: probeSamples,
      seed: seed + 3,
      layer: this.#layers,
      masks: "independent",
    } as const;
    const results = await this.#model.predictMC(this.#x, options);
    const numbers = this.#layers.flatMap((name) => {
      const { mean, variance } = results[name] as MCResult;
      return [...mean.data, ...variance.data.map(Math.sqrt)];
    });
    this.#seen.push(Float32Array.from(numbers));
  }

  getState(): CallbackState {
    const tensors = this.#seen.map((data) => ({ data, shape: [data.length] }));
    return { values: tensors.length, tensors };
  }

  setState({ tensors = [] }: CallbackState): void {
    this.#seen = tensors.map(({ data }) => Float32Array.from(data));
  }

  /** How often it has looked: before training, and after every epoch. */
  get looks(): number {
    return this.#seen.length;
  }

  /** What it has seen so far. */
  course(): Course {
    const { hidden } = this.#config;
    const starts = hidden.map(
      (_, layer) => 2 * hidden.slice(0, layer).reduce((sum, units) => sum + units, 0),
    );
    const part = (layer: number, which: number) =>
      this.#seen.map((numbers) => {
        const units = hidden[layer] as number;
        const first = (starts[layer] as number) + which * units;
        return Float64Array.from(numbers.subarray(first, first + units));
      });
    const byLayer = (which: number) =>
      Object.fromEntries(this.#layers.map((name, layer) => [name, part(layer, which)]));
    return { epochs: [...this.#seen.keys()], mean: byLayer(0), deviation: byLayer(1) };
  }

  [Symbol.dispose](): void {
    this.#model.dispose();
  }
}
