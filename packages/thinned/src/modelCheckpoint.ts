import { boolean, finite, onlyOptions, printed } from "./argument.js";
import type { Callback, CallbackState, FitControl } from "./callback.js";
import { type DescribedCallback, description, isNumberText, stateValues } from "./callbackState.js";
import type { Logs } from "./history.js";
import { Monitor, type MonitorOptions } from "./monitor.js";
import { type CheckpointStore, checkStore, refuseMissingFolder } from "./store.js";

/** The options of {@link modelCheckpoint}. */
export interface ModelCheckpointOptions extends MonitorOptions {
  /** Whether only a better model is written; default false. */
  readonly saveBestOnly?: boolean | undefined;
}

const action = "save a model checkpoint";

/**
 * Returns a callback that writes the model, as `save()` gives it, after every epoch or every better one, as Keras'
 * `ModelCheckpoint`. A file holds the old model or the new one whatever happens while it is written.
 *
 * To go on with an interrupted fit, the option `checkpoint` of `fit()` is the one: it keeps the optimizer too.
 *
 * @param target - a path in Node, in which `{epoch}`, counted from 0 as everywhere here (in Keras from 1), and the names of logs,
 *   such as `{valLoss}`, are replaced by their values; or an object with `read()` and `write()`
 * @throws the fit ends with the error of a write that fails, and before its first epoch where the folder is not there
 */
export function modelCheckpoint(
  target: string | CheckpointStore,
  options: ModelCheckpointOptions = {},
): Callback {
  return new ModelCheckpoint(target, options);
}

const kind = "modelCheckpoint";

class ModelCheckpoint implements DescribedCallback {
  readonly [description]: DescribedCallback[typeof description];
  readonly #target: string | CheckpointStore;
  readonly #monitor: Monitor;
  readonly #bestOnly: boolean;
  readonly #fresh: number;
  #resumed = false;

  constructor(target: string | CheckpointStore, options: ModelCheckpointOptions) {
    const make = "make a modelCheckpoint callback";
    onlyOptions(make, options, ["monitor", "mode", "minDelta", "saveBestOnly"]);
    const { minDelta = 0, saveBestOnly = false } = options;
    checkStore(make, "the target", target);
    this.#target = target;
    const least = finite(make, "minDelta", minDelta, "of at least 0", (value) => value >= 0);
    this.#monitor = new Monitor(make, options, least);
    this.#fresh = this.#monitor.best;
    this.#bestOnly = boolean(make, "saveBestOnly", saveBestOnly);
    this[description] = { kind, ...this.#monitor.description, saveBestOnly };
  }

  async onTrainBegin(): Promise<void> {
    if (!this.#resumed) this.#monitor.best = this.#fresh;
    this.#resumed = false;
    // A folder whose name depends on an epoch is looked for when its time has come.
    if (typeof this.#target !== "string" || /\{.*[/\\]/.test(this.#target)) return;
    await refuseMissingFolder(action, this.#target);
  }

  async onEpochEnd(epoch: number, logs: Logs, control: FitControl): Promise<void> {
    if (this.#bestOnly && !this.#monitor.improves(this.#monitor.read(action, logs))) return;
    const target = typeof this.#target === "string" ? filled(this.#target, epoch, logs) : this.#target;
    await checkStore(action, "the target", target).write(control.save());
  }

  getState(): CallbackState {
    return { values: { kind, best: String(this.#monitor.best) } };
  }

  setState(state: CallbackState): void {
    const { best } = stateValues<{ best: string }>(kind, state, (values) => isNumberText(values.best));
    this.#monitor.best = Number(best);
    this.#resumed = true;
  }
}

/** Returns a path with the names in braces replaced by their values. */
function filled(path: string, epoch: number, logs: Logs): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = name === "epoch" ? epoch : logs[name];
    if (value !== undefined) return String(value);
    throw new RangeError(
      `Cannot ${action}: the path has {${name}}, one of ${printed(["epoch", ...Object.keys(logs)])} is wanted`,
    );
  });
}
