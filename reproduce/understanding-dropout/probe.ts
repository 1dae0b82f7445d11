import type { Callback, CallbackState, FitControl, MCResult, Model, TensorLike } from "thinned";
import { hiddenNames, network } from "./network.ts";
import type { Config } from "./options.ts";

/** Mean and standard deviation of every hidden unit for one input: before training, a few times in the first epoch, after each. */
export interface Course {
  /** When it was looked at, a part of an epoch included. */
  readonly epochs: readonly number[];
  /** By layer `[epochs, units]`. */
  readonly mean: Readonly<Record<string, readonly Float64Array[]>>;
  readonly deviation: Readonly<Record<string, readonly Float64Array[]>>;
}

/** Steps of the first epoch after which to look: what is slow to begin with is over by its end. */
const earlySteps = [3, 10, 30, 100, 200, 400];

/** Follows the units of a network while it is trained; what it has seen goes into the checkpoint of the fit. */
export class Probe implements Callback {
  readonly #config: Config;
  readonly #x: TensorLike;
  readonly #layers: string[];
  readonly #model: Model;
  #seen: Float32Array[] = []; // by look [layers, 2, units]
  #times: number[] = []; // of each look, in epochs
  #epoch = 0;

  constructor(config: Config, x: TensorLike) {
    this.#config = config;
    this.#x = x;
    this.#layers = hiddenNames(config);
    this.#model = network(config);
  }

  async onTrainBegin(control: FitControl): Promise<void> {
    if (this.#seen.length === 0) await this.#look(0, control);
  }

  onEpochBegin(epoch: number): void {
    this.#epoch = epoch;
  }

  async onBatchEnd(batch: number, _logs: unknown, control: FitControl): Promise<void> {
    const { trainRows, batchSize } = this.#config;
    const steps = batch + 1;
    const time = steps / Math.ceil(trainRows / batchSize);
    const last = this.#times.at(-1) ?? 0;
    // A fit that goes on within the first epoch repeats no look that its checkpoint has brought.
    if (this.#epoch === 0 && earlySteps.includes(steps) && time < 1 && time > last) {
      await this.#look(time, control);
    }
  }

  async onEpochEnd(epoch: number, _logs: unknown, control: FitControl): Promise<void> {
    await this.#look(epoch + 1, control);
  }

  async #look(time: number, control: FitControl): Promise<void> {
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
    this.#times.push(time);
  }

  getState(): CallbackState {
    const tensors = this.#seen.map((data) => ({ data, shape: [data.length] }));
    return { values: this.#times, tensors };
  }

  setState({ values, tensors = [] }: CallbackState): void {
    const units = this.#config.hidden.reduce((sum, size) => sum + size, 0);
    // Where each look was at the end of an epoch, their number says when.
    const times = values === tensors.length ? [...tensors.keys()] : values;
    const fits = Array.isArray(times) && times.length === tensors.length;
    if (!fits || tensors.some(({ data }) => data.length !== 2 * units)) {
      throw new Error("Cannot resume: what the checkpoint has of the course of the units is damaged");
    }
    this.#times = times.map(Number);
    this.#seen = tensors.map(({ data }) => Float32Array.from(data));
  }

  /** How often it has looked. */
  get looks(): number {
    return this.#seen.length;
  }

  /** Epochs that it has seen end. */
  get epochs(): number {
    return Math.floor(this.#times.at(-1) ?? 0);
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
    return { epochs: [...this.#times], mean: byLayer(0), deviation: byLayer(1) };
  }

  [Symbol.dispose](): void {
    this.#model.dispose();
  }
}
