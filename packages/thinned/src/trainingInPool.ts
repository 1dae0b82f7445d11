import { architectureToJson } from "./architectureJson.js";
import type { Network } from "./network.js";
import type { GradientOutput } from "./pool/gradientJob.js";
import { Spare } from "./pool/spare.js";
import { type Task, task } from "./pool/work.js";
import { type Pool, shareWithCaller } from "./pool.js";
import type { Schedule } from "./schedule.js";
import type { StepBatch } from "./source.js";
import { sizeOf } from "./tensor.js";
import type { FitRequest } from "./training.js";
import type { Trainer } from "./wasm/boundary.js";
import type { Instance } from "./wasm/instance.js";

let fits = 0;

/** What the thread of the fit does of a step itself. */
export interface OwnShare {
  /** Does a slice; returns whether there is more. */
  advance(): boolean;
  /** Prepares what comes after the step; called when only workers have anything left to do. */
  idle(): void;
}

/**
 * The steps of a fit, shared out: workers take the gradients of parts of a batch, this thread takes those of others, adds them
 * all up in the order of the parts, and updates the weights, which it sends to each worker once a step.
 */
export class SharedSteps {
  readonly #pool: Pool;
  readonly #network: Network;
  readonly #request: FitRequest;
  readonly #instance: Instance;
  readonly #trainer: () => Trainer;
  readonly #fit = `fit ${++fits}`;
  readonly #spare = new Spare();
  #version = 0;

  constructor(pool: Pool, network: Network, request: FitRequest, instance: Instance, trainer: () => Trainer) {
    this.#pool = pool;
    this.#network = network;
    this.#request = request;
    this.#instance = instance;
    this.#trainer = trainer;
  }

  /** Takes the step that the trainer has begun with `batch`. */
  async take(batch: StepBatch, step: number, { advance, idle }: OwnShare, schedule: Schedule): Promise<void> {
    this.#version++;
    const instance = this.#instance;
    const trainer = this.#trainer;
    let done = false;
    const own = {
      get done() {
        return done;
      },
      get waits() {
        return instance.run(() => trainer().waits);
      },
      step() {
        done = !advance();
      },
      idle,
    };
    const work = {
      action: "fit",
      instance,
      network: {
        key: this.#fit,
        version: this.#version,
        architecture: () => architectureToJson(this.#network.architecture),
        weights: () => this.#weights(),
      },
      // This thread is one of those that the pool is asked for.
      mostWorkers: this.#pool.threads - 1,
      tasks: this.#tasks(batch, step),
      add: () => undefined,
    };
    await shareWithCaller(this.#pool, work, own, schedule);
  }

  *#tasks(batch: StepBatch, step: number): Generator<Task> {
    for (;;) {
      const [part, first, end] = this.#instance.run(() => this.#trainer().claim());
      if (part === undefined || first === undefined || end === undefined) return;
      yield task({
        name: "gradient",
        units: 0,
        input: () => {
          const { loss, maskSharing, sliceRows, seed } = this.#request;
          const { x, y, weights } = rowsOf(batch, first, end);
          const input = {
            ...{ fit: this.#fit, loss, maskSharing, sliceRows, seed, step, x, y, weights },
            ...{ first, rows: end - first, total: batch.rows },
          };
          return { input, transfer: [x.buffer, y.buffer, weights.buffer] };
        },
        done: (output) => this.#place(part, output),
      });
    }
  }

  #place(part: number, { gradient, loss, correct, broken, outputs }: GradientOutput): void {
    const inside = this.#network.inside(this.#instance, "fit");
    this.#instance.run(() => this.#trainer().place(inside, part, gradient, loss, correct, broken, outputs));
    this.#spare.give(gradient.buffer);
  }

  /** Returns the weights that the step began with, as views of one array. */
  #weights(): Float32Array<ArrayBuffer>[] {
    const sizes = this.#network.parameters.map(({ shape }) => sizeOf(shape));
    const all = this.#spare.take(sizes.reduce((sum, size) => sum + size, 0));
    this.#instance.run(() => this.#trainer().copyWeights(all));
    let first = 0;
    return sizes.map((size) => {
      first += size;
      return all.subarray(first - size, first);
    });
  }
}

/** Returns copies of some rows of a batch. */
function rowsOf({ x, y, weights, rows }: StepBatch, first: number, end: number) {
  const part = (data: Float32Array) => {
    const width = data.length / rows;
    // A copy of any array has a buffer of its own.
    return data.slice(first * width, end * width) as Float32Array<ArrayBuffer>;
  };
  return { x: part(x), y: part(y), weights: part(weights) };
}
