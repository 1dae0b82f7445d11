import { Ahead } from "./ahead.js";
import { architectureToJson } from "./architectureJson.js";
import type { CheckedPrior } from "./bayes/prior.js";
import type { Callback, CallbackState, FitControl } from "./callback.js";
import { hasState } from "./callbackState.js";
import { type Checkpoint, parseCheckpoint, type Sums, writeCheckpoint } from "./checkpoint.js";
import { scoreOf, targetShape } from "./evaluate.js";
import type { Examples } from "./examples.js";
import { fitControl } from "./fitControl.js";
import { dataFingerprints, fitSettings, refuseOtherSettings } from "./fitSettings.js";
import { History, type Logs } from "./history.js";
import type { CheckedLoss } from "./loss.js";
import { type CheckedMetric, metricValues, needOutputs, validationName } from "./metric.js";
import type { Network } from "./network.js";
import { newTrainer } from "./newTrainer.js";
import type { Optimizer } from "./optimizer.js";
import type { Pool } from "./pool.js";
import { type LongCallOptions, type Progress, Schedule } from "./schedule.js";
import { withSnapshot } from "./snapshot.js";
import type { Source, StepBatch } from "./source.js";
import type { CheckpointStore } from "./store.js";
import { allFinite } from "./tensor.js";
import { SharedSteps } from "./trainingInPool.js";
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
  readonly source: Source;
  readonly validation: Examples | undefined;
  readonly loss: CheckedLoss;
  /** What the weights are drawn to. */
  readonly prior: CheckedPrior | undefined;
  readonly optimizer: Optimizer;
  readonly epochs: number;
  readonly metrics: readonly CheckedMetric[];
  readonly seed: number;
  readonly callbacks: readonly Callback[];
  /** `"expected"` draws no masks. */
  readonly maskSharing: "example" | "batch" | "expected";
  /** Rows that are trained on between two looks at the clock. */
  readonly sliceRows: number;
  /** Where to write, and after how many steps beside every epoch. */
  readonly checkpoint: { readonly store: CheckpointStore; readonly every: number } | undefined;
  /** What to go on with. */
  readonly resume: Uint8Array | undefined;
  readonly pool: Pool | undefined;
}

const action = "fit";

/** One fit under way. */
export class Training {
  readonly #network: Network;
  readonly #request: FitRequest;
  readonly #schedule: Schedule;
  readonly #collects: boolean;
  /** The weights at the end of the last epoch that was good, and what they are called. */
  #kept: { weights: Float32Array[]; name: string };
  #epoch = 0;
  /** Batches of this epoch that are done. */
  #batch = 0;
  #sums: Sums = { rows: 0, loss: 0, correct: 0 };
  /** Outputs and targets of this epoch, where metrics need them. */
  #collected: { outputs: Float32Array[]; targets: Float32Array[] } = { outputs: [], targets: [] };
  #history: History | undefined;
  #stopped = false;
  /** Not kept in a checkpoint. */
  #paused = false;
  /** What has to be the same in a fit that goes on with this one's checkpoint, where there is one. */
  #settings: Record<string, unknown> = {};
  #shared: SharedSteps | undefined;

  /** Throws AbortError when the signal is aborted already. */
  constructor(network: Network, request: FitRequest, { signal, onProgress }: LongCallOptions<FitProgress>) {
    this.#network = network;
    this.#request = request;
    this.#collects = needOutputs(request.metrics);
    const { source, validation, epochs } = request;
    const total = epochs * ((source.rows ?? Infinity) + (validation?.batch.rows ?? 0));
    const report = (progress: Progress) => {
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
    this.#kept = { weights: network.weights(action), name: "from before this fit" };
  }

  /** Trains inside `instance`. After an error the weights are those of the last step, or, where those are worthless, of the last good epoch. */
  async run(instance: Instance): Promise<History> {
    const { epochs, seed, source } = this.#request;
    const history = new History({ seed, variant: instance.name });
    this.#history = history;
    const trainer = new Handle(instance, newTrainer(this.#network, this.#request, instance));
    this.#shared = this.#sharedSteps(instance, () => trainer.get(action));
    const control = fitControl(this.#network, trainer, {
      epoch: () => this.#epoch,
      stop: () => {
        this.#stopped = true;
      },
      pause: () => {
        this.#paused = true;
      },
    });
    try {
      const { resume, checkpoint } = this.#request;
      if (resume !== undefined || checkpoint !== undefined) {
        const data = await dataFingerprints(this.#request, this.#schedule);
        this.#settings = fitSettings(this.#request, instance.name, data);
      }
      if (resume !== undefined) this.#resume(resume, instance, trainer.get(action));
      await this.#call((callback) => callback.onTrainBegin?.(control));
      let last = this.#sums;
      while (this.#epoch < epochs && !this.#stopped && !this.#paused) {
        const epoch = this.#epoch;
        if (this.#batch === 0) await this.#call((callback) => callback.onEpochBegin?.(epoch, control));
        await this.#train(instance, trainer.get(action), control);
        this.#keepWeights(trainer.get(action));
        const logs = await this.#epochLogs(instance);
        this.#history.record(epoch, logs);
        await this.#call((callback) => callback.onEpochEnd?.(epoch, logs, control));
        last = this.#sums;
        this.#beginEpoch(epoch + 1);
        await this.#checkpoint(instance, trainer.get(action));
      }
      await this.#call((callback) => callback.onTrainEnd?.(control));
      // The last report is about the last epoch, and not about one that never begins.
      this.#epoch = Math.max(0, this.#epoch - 1);
      this.#sums = last;
    } catch (error) {
      this.#bringHome(instance);
      throw error;
    } finally {
      trainer.dispose();
      await source.close();
    }
    this.#network.atHome(action);
    await this.#schedule.finish();
    return this.#history;
  }

  #sharedSteps(instance: Instance, trainer: () => Trainer): SharedSteps | undefined {
    const { pool } = this.#request;
    if (pool === undefined || pool.threads === 1) return undefined;
    return new SharedSteps(pool, this.#network, this.#request, instance, trainer);
  }

  /** Sees to it that the model does not depend on `instance`: a dead one takes the newest weights with it. */
  #bringHome(instance: Instance): void {
    if (this.#network.disposed || this.#network.home.dead) return;
    if (instance.dead) this.#network.setWeights(action, this.#kept.weights);
    else this.#network.atHome(action);
  }

  /** Takes what is left of one pass over the training rows. */
  async #train(instance: Instance, trainer: Trainer, control: FitControl): Promise<void> {
    const { source, checkpoint } = this.#request;
    const batches = new Ahead(source.batches(this.#epoch, this.#batch, instance));
    for await (const batch of batches) {
      const { loss, correct } = await this.#step(batch, instance, trainer, () => batches.prepare());
      const { rows } = batch;
      this.#sums.rows += rows;
      this.#sums.loss += loss;
      this.#sums.correct += correct;
      this.#schedule.add(rows);
      const index = this.#batch++;
      const logs = this.#batchLogs(loss / rows, correct / rows);
      await this.#call((callback) => callback.onBatchEnd?.(index, logs, control));
      const steps = instance.run(() => trainer.steps);
      if (checkpoint !== undefined && steps % checkpoint.every === 0)
        await this.#checkpoint(instance, trainer);
      if (this.#schedule.over) await this.#schedule.next();
    }
  }

  /** Takes one step, in slices, and returns the sums over its rows; `idle` is called while others work. */
  async #step(
    batch: StepBatch,
    instance: Instance,
    trainer: Trainer,
    idle: () => void,
  ): Promise<{ loss: number; correct: number }> {
    const { x, y, weights, rows } = batch;
    const start = this.#network.inside(instance, action);
    instance.run(() => trainer.begin(start, x, y, weights, rows, this.#epoch));
    const step = instance.run(() => trainer.steps);
    const advance = (): boolean => {
      // Asked for again, because the event loop turns between slices: the weights may have been set meanwhile.
      const inside = this.#network.inside(instance, action);
      return instance.run(() => trainer.advance(inside));
    };
    if (this.#shared !== undefined && instance.run(() => trainer.divides)) {
      await this.#shared.take(batch, step, { advance, idle }, this.#schedule);
    } else {
      while (advance()) if (this.#schedule.over) await this.#schedule.next();
    }
    this.#network.changed(instance);
    const { loss, correct } = instance.run(() => ({ loss: trainer.loss, correct: trainer.correct }));
    if (!Number.isFinite(loss)) {
      this.#refuse(`the loss is ${loss / rows} at batch ${this.#batch} of epoch ${this.#epoch}`, trainer);
    }
    if (this.#collects) {
      this.#collected.outputs.push(instance.run(() => trainer.outputs()));
      this.#collected.targets.push(y);
    }
    return { loss, correct };
  }

  #beginEpoch(epoch: number): void {
    this.#epoch = epoch;
    this.#batch = 0;
    this.#sums = { rows: 0, loss: 0, correct: 0 };
    this.#collected = { outputs: [], targets: [] };
  }

  /** Notes the weights as good, or goes back to the last good ones when the last update of the epoch has ruined them. */
  #keepWeights(trainer: Trainer): void {
    const weights = this.#network.weights(action);
    this.#refuseRuins(weights, "a weight", trainer, `after epoch ${this.#epoch}`);
    this.#kept = { weights, name: `of epoch ${this.#epoch}` };
  }

  /** Ends the fit where numbers of the parameters are not finite. */
  #refuseRuins(
    numbers: readonly Float32Array[],
    what: string,
    trainer: Trainer,
    when = this.#batch === 0
      ? `after epoch ${this.#epoch - 1}`
      : `after batch ${this.#batch - 1} of epoch ${this.#epoch}`,
  ): void {
    const ruined = this.#network.parameters[numbers.findIndex((data) => !allFinite(data))];
    if (ruined !== undefined)
      this.#refuse(`${what} of layer "${ruined.layer}" is not finite ${when}`, trainer);
  }

  #refuse(state: string, trainer: Trainer): never {
    this.#network.setWeights(action, this.#kept.weights);
    const { nodes } = this.#network.architecture;
    const { broken, steps } = trainer;
    const layer = broken === undefined ? undefined : (nodes[broken - 1]?.name ?? "input");
    const place =
      layer === undefined
        ? ` (found after step ${steps - 1})`
        : ` (step ${steps}; the first that is not finite is layer "${layer}")`;
    const rate = trainer.learningRate(this.#epoch);
    throw new RangeError(
      `Cannot go on with fit(): ${state}; the weights ${this.#kept.name} are kept; a learningRate below ${rate}, clipNorm, or data of a smaller scale, is wanted${place}`,
    );
  }

  async #epochLogs(instance: Instance): Promise<Logs> {
    const { validation, loss, metrics } = this.#request;
    const { rows, loss: sum, correct } = this.#sums;
    const compared = () => ({
      outputs: { data: joined(this.#collected.outputs), shape: [rows, ...this.#network.outputShape] },
      targets: { data: joined(this.#collected.targets), shape: this.#targetShape(rows) },
    });
    const logs = { loss: sum / rows, ...metricValues(metrics, correct / rows, compared, instance) };
    if (validation === undefined) return logs;
    const score = await withSnapshot(this.#network, action, (snapshot) =>
      scoreOf(this.#network, snapshot, instance, action, validation, loss, metrics, this.#schedule),
    );
    const named = Object.entries(score).map(([name, value]) => [validationName(name), value]);
    return { ...logs, ...Object.fromEntries(named) };
  }

  #targetShape(rows: number): number[] {
    const { loss, source } = this.#request;
    return targetShape(loss, rows, source.targetWidth, this.#network);
  }

  #batchLogs(loss: number, accuracy: number): Logs {
    return this.#request.metrics.some(({ name }) => name === "accuracy") ? { loss, accuracy } : { loss };
  }

  async #call(event: (callback: Callback) => void | Promise<void>): Promise<void> {
    for (const callback of this.#request.callbacks) await event(callback);
    this.#schedule.check();
  }

  /** Writes where the fit is, if it is to. */
  async #checkpoint(instance: Instance, trainer: Trainer): Promise<void> {
    const { checkpoint, callbacks } = this.#request;
    if (checkpoint === undefined) return;
    const { architecture, parameters } = this.#network;
    const weights = this.#network.weights(action);
    this.#refuseRuins(weights, "a weight", trainer);
    const { steps, learningRateScale, slots } = instance.run(() => ({
      steps: trainer.steps,
      learningRateScale: trainer.learningRateScale,
      slots: Array.from({ length: trainer.slots }, (_, slot) =>
        parameters.map((__, parameter) => trainer.slot(slot, parameter)),
      ),
    }));
    for (const values of slots) this.#refuseRuins(values, "what the optimizer remembers", trainer);
    const bytes = writeCheckpoint(
      {
        architecture: architectureToJson(architecture),
        settings: this.#settings,
        epoch: this.#epoch,
        batch: this.#batch,
        steps,
        learningRateScale,
        stopped: this.#stopped,
        sums: this.#sums,
        history: this.#history as History,
        callbacks: callbacks.filter(hasState).map((callback) => callback.getState()),
        weights,
        slots,
        outputs: joined(this.#collected.outputs),
        targets: joined(this.#collected.targets),
      },
      architecture,
    );
    await checkpoint.store.write(bytes);
    this.#schedule.check();
  }

  /** Goes to where a checkpoint was written. */
  #resume(bytes: Uint8Array, instance: Instance, trainer: Trainer): void {
    // All is read and compared before anything is changed.
    const found: Checkpoint = parseCheckpoint(bytes, this.#network.architecture);
    refuseOtherSettings(this.#settings, found.settings);
    for (const [index, callback] of this.#request.callbacks.filter(hasState).entries()) {
      callback.setState?.(found.callbacks[index] as CallbackState);
    }
    this.#network.setWeights(action, found.weights);
    this.#kept = { weights: [...found.weights], name: "of the checkpoint" };
    instance.run(() => {
      trainer.steps = found.steps;
      trainer.learningRateScale = found.learningRateScale;
      for (const [slot, values] of found.slots.entries()) {
        for (const [parameter, data] of values.entries()) trainer.setSlot(slot, parameter, data);
      }
    });
    this.#beginEpoch(found.epoch);
    this.#batch = found.batch;
    this.#sums = { ...found.sums };
    if (found.outputs.length > 0) this.#collected = { outputs: [found.outputs], targets: [found.targets] };
    this.#stopped = found.stopped;
    this.#history = found.history;
    const { source, validation } = this.#request;
    const perEpoch = (source.rows ?? 0) + (validation?.batch.rows ?? 0);
    this.#schedule.add(found.epoch * perEpoch + found.sums.rows);
  }
}

/** Returns arrays one after the other. */
function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((total, part) => total + part.length, 0));
  let first = 0;
  for (const part of parts) {
    all.set(part, first);
    first += part.length;
  }
  return all;
}
