import type { Callback } from "./callback.js";
import { scoreOf } from "./evaluate.js";
import { type History, type Logs, record } from "./history.js";
import type { Loss } from "./loss.js";
import type { Network } from "./network.js";
import type { Optimizer } from "./optimizer.js";
import { type LongCallOptions, type Progress, Schedule } from "./schedule.js";
import { withSnapshot } from "./snapshot.js";
import { gather, type TrainingData } from "./trainingData.js";
import type { Trainer } from "./wasm/boundary.js";
import { Handle } from "./wasm/handle.js";
import type { Instance } from "./wasm/instance.js";

/** How far a fit has come, in rows: training and validation, over all epochs. */
export interface FitProgress extends Progress {
  /** The current epoch, from 0. */
  readonly epoch: number;
  readonly epochs: number;
  /** Mean training loss of the current epoch so far; NaN before its first batch. */
  readonly loss: number;
}

/** A fit, validated. */
export interface FitRequest {
  readonly data: TrainingData;
  readonly loss: Loss;
  readonly optimizer: Optimizer;
  readonly epochs: number;
  readonly batchSize: number;
  readonly accuracy: boolean;
  readonly shuffle: boolean;
  readonly seed: number;
  readonly callbacks: readonly Callback[];
  readonly maskSharing: "example" | "batch";
}

const action = "fit";

/** One fit under way. */
export class Training {
  readonly #network: Network;
  readonly #request: FitRequest;
  readonly #schedule: Schedule;
  /** The weights at the end of the last epoch that was good. */
  #kept: Float32Array[];
  #epoch = 0;
  /** Rows seen in this epoch, with the sums of their losses and of the right ones. */
  #sums = { rows: 0, loss: 0, correct: 0 };

  /** Throws AbortError when the signal is aborted already. */
  constructor(network: Network, request: FitRequest, { signal, onProgress }: LongCallOptions<FitProgress>) {
    this.#network = network;
    this.#request = request;
    const { training, validation } = request.data;
    const total = request.epochs * (training.batch.rows + (validation?.batch.rows ?? 0));
    const report = (progress: Progress) => {
      const { epochs } = this.#request;
      return onProgress?.({
        ...progress,
        epoch: this.#epoch,
        epochs,
        loss: this.#sums.loss / this.#sums.rows,
      });
    };
    this.#schedule = new Schedule(
      action,
      total,
      { signal, onProgress: typeof onProgress === "function" ? report : onProgress },
      () => network.refuseDisposed(action),
    );
    this.#kept = network.weights(action);
  }

  /** Trains inside `instance`. After an error the weights are those of the last step, or, where those are worthless, of the last good epoch. */
  async run(instance: Instance): Promise<History> {
    const { loss, optimizer, epochs, maskSharing, seed } = this.#request;
    const history: History = { history: { loss: [] }, epoch: [], info: { seed, variant: instance.name } };
    const inside = this.#network.inside(instance, action);
    const hyper = Float64Array.from(optimizer.hyperparameters);
    const trainer = new Handle(
      instance,
      instance.run(({ Trainer }) => new Trainer(inside, loss, optimizer.kind, hyper, maskSharing, seed)),
    );
    try {
      for (let epoch = 0; epoch < epochs; epoch++) {
        this.#epoch = epoch;
        this.#sums = { rows: 0, loss: 0, correct: 0 };
        await this.#call((callback) => callback.onEpochBegin?.(epoch));
        await this.#train(instance, trainer.get(action));
        this.#keepWeights();
        const logs = await this.#epochLogs(instance);
        record(history, epoch, logs);
        await this.#call((callback) => callback.onEpochEnd?.(epoch, logs));
      }
    } catch (error) {
      this.#bringHome(instance);
      throw error;
    } finally {
      trainer.dispose();
    }
    this.#network.atHome(action);
    await this.#schedule.finish();
    return history;
  }

  /** Sees to it that the model does not depend on `instance`: a dead one takes the newest weights with it. */
  #bringHome(instance: Instance): void {
    if (this.#network.disposed || this.#network.home.dead) return;
    if (instance.dead) this.#network.setWeights(action, this.#kept);
    else this.#network.atHome(action);
  }

  /** Takes one pass over the training rows. */
  async #train(instance: Instance, trainer: Trainer): Promise<void> {
    const { training } = this.#request.data;
    const { batchSize } = this.#request;
    const order = this.#order(instance, training.batch.rows);
    for (let first = 0; first < order.length; first += batchSize) {
      const { x, y } = gather(training, order.subarray(first, first + batchSize));
      const rows = Math.min(batchSize, order.length - first);
      const inside = this.#network.inside(instance, action);
      const loss = instance.run(() => trainer.step(inside, x, y, rows));
      this.#network.changed(instance);
      const batch = first / batchSize;
      if (!Number.isFinite(loss))
        this.#refuse(`the loss is ${loss} at batch ${batch} of epoch ${this.#epoch}`);
      const correct = instance.run(() => trainer.correct);
      this.#sums.rows += rows;
      this.#sums.loss += loss * rows;
      this.#sums.correct += correct;
      this.#schedule.add(rows);
      await this.#call((callback) => callback.onBatchEnd?.(batch, this.#logs(loss, correct / rows)));
      if (this.#schedule.over) await this.#schedule.next();
    }
  }

  #order(instance: Instance, rows: number): Uint32Array {
    const { shuffle, seed } = this.#request;
    if (!shuffle) return Uint32Array.from({ length: rows }, (_, row) => row);
    return instance.run(({ permutation }) => permutation(rows, seed, this.#epoch));
  }

  /** Notes the weights as good, or goes back to the last good ones when the last update of the epoch has ruined them. */
  #keepWeights(): void {
    const weights = this.#network.weights(action);
    const ruined = weights.findIndex((data) => !data.every(Number.isFinite));
    const name = this.#network.parameters[ruined];
    if (name !== undefined)
      this.#refuse(`a weight of layer "${name.layer}" is not finite after epoch ${this.#epoch}`);
    this.#kept = weights;
  }

  #refuse(state: string): never {
    this.#network.setWeights(action, this.#kept);
    const { learningRate } = this.#request.optimizer;
    const kept = this.#epoch === 0 ? "from before this fit" : `of epoch ${this.#epoch - 1}`;
    throw new RangeError(
      `Cannot go on with fit(): ${state}; the weights ${kept} are kept; a learningRate below ${learningRate}, or data of a smaller scale, is wanted`,
    );
  }

  async #epochLogs(instance: Instance): Promise<Logs> {
    const { rows, loss, correct } = this.#sums;
    const logs = this.#logs(loss / rows, correct / rows);
    const { validation } = this.#request.data;
    if (validation === undefined) return logs;
    const { batch, targets } = validation;
    const score = await withSnapshot(this.#network, action, (snapshot) =>
      scoreOf(this.#network, snapshot, instance, action, batch, targets, this.#request.loss, this.#schedule),
    );
    const { accuracy } = score;
    return { ...logs, valLoss: score.loss, ...(this.#request.accuracy ? { valAccuracy: accuracy } : {}) };
  }

  #logs(loss: number, accuracy: number): Logs {
    return this.#request.accuracy ? { loss, accuracy } : { loss };
  }

  async #call(event: (callback: Callback) => void | Promise<void>): Promise<void> {
    for (const callback of this.#request.callbacks) await event(callback);
    this.#schedule.check();
  }
}
