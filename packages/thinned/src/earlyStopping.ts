import { boolean, finite, integer, onlyOptions } from "./argument.js";
import type { Callback, CallbackState, FitControl } from "./callback.js";
import { type DescribedCallback, description, isNumberText, stateValues } from "./callbackState.js";
import type { Logs } from "./history.js";
import { isCount } from "./json.js";
import { Monitor, type MonitorOptions } from "./monitor.js";
import { allFinite, type Tensor } from "./tensor.js";

/** The options of {@link earlyStopping}. */
export interface EarlyStoppingOptions extends MonitorOptions {
  /** Epochs without improvement after which training ends; default 0, as in Keras. */
  readonly patience?: number | undefined;
  /** Whether the weights of the best epoch are there at the end, and not those of the last; default false, as in Keras. */
  readonly restoreBestWeights?: boolean | undefined;
  /** Epochs at the beginning that are not watched; default 0. */
  readonly startFromEpoch?: number | undefined;
}

const action = "stop early";

/**
 * Returns a callback that ends training when a value has not improved for some epochs, as Keras' `EarlyStopping`.
 *
 * @throws RangeError when an option is out of range; the fit, when no such value is in the logs
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { dense, earlyStopping, sequential, sgd } from "thinned";
 *
 * const model = sequential([dense(1)], { inputShape: [1], seed: 1 });
 * const x = [[1], [2], [3], [4]];
 * const { epoch } = await model.fit(x, [2, 4, 6, 8], {
 *   loss: "meanSquaredError",
 *   optimizer: sgd({ learningRate: 0.05 }),
 *   epochs: 1000,
 *   callbacks: [earlyStopping({ monitor: "loss", patience: 3, minDelta: 1e-3 })],
 * });
 * assert.ok(epoch.length < 1000);
 * ```
 */
export function earlyStopping(options: EarlyStoppingOptions = {}): Callback {
  return new EarlyStopping(options);
}

const kind = "earlyStopping";

class EarlyStopping implements DescribedCallback {
  readonly [description]: DescribedCallback[typeof description];
  readonly #monitor: Monitor;
  readonly #patience: number;
  readonly #restores: boolean;
  readonly #startFromEpoch: number;
  readonly #fresh: number;
  #wait = 0;
  #resumed = false;
  #bestWeights: Tensor[] | undefined;

  constructor(options: EarlyStoppingOptions) {
    const make = "make an earlyStopping callback";
    const known = ["monitor", "mode", "minDelta", "patience", "restoreBestWeights", "startFromEpoch"];
    onlyOptions(make, options, known);
    const { minDelta = 0, patience = 0, restoreBestWeights = false, startFromEpoch = 0 } = options;
    const least = finite(make, "minDelta", minDelta, "of at least 0", (value) => value >= 0);
    this.#monitor = new Monitor(make, options, least);
    this.#fresh = this.#monitor.best;
    this.#patience = integer(make, "patience", patience, 0);
    this.#restores = boolean(make, "restoreBestWeights", restoreBestWeights);
    this.#startFromEpoch = integer(make, "startFromEpoch", startFromEpoch, 0);
    const watched = this.#monitor.description;
    this[description] = { kind, ...watched, patience, restoreBestWeights, startFromEpoch };
  }

  onTrainBegin(): void {
    const resumed = this.#resumed;
    this.#resumed = false;
    if (resumed) return;
    this.#wait = 0;
    this.#monitor.best = this.#fresh;
    this.#bestWeights = undefined;
  }

  onEpochEnd(epoch: number, logs: Logs, control: FitControl): void {
    if (epoch < this.#startFromEpoch) return;
    const improved = this.#monitor.improves(this.#monitor.read(action, logs));
    if (this.#restores && (improved || this.#bestWeights === undefined)) {
      this.#bestWeights = control.getWeights();
    }
    this.#wait = improved ? 0 : this.#wait + 1;
    // As in Keras, where a patience of 0 is that of 1 and the first epoch never ends training.
    if (!improved && this.#wait >= this.#patience && epoch > 0) control.stop();
  }

  onTrainEnd(control: FitControl): void {
    if (this.#bestWeights !== undefined) control.setWeights(this.#bestWeights);
  }

  getState(): CallbackState {
    const values = { kind, wait: this.#wait, best: String(this.#monitor.best) };
    return { values, tensors: this.#bestWeights };
  }

  setState(state: CallbackState): void {
    const { tensors } = state;
    const isRight = (values: Record<string, unknown>) =>
      isCount(values.wait) &&
      isNumberText(values.best) &&
      (tensors ?? []).every(({ data }) => allFinite(data));
    const { wait, best } = stateValues<{ wait: number; best: string }>(kind, state, isRight);
    this.#wait = wait;
    this.#monitor.best = Number(best);
    this.#bestWeights = tensors === undefined ? undefined : [...tensors];
    this.#resumed = true;
  }
}
