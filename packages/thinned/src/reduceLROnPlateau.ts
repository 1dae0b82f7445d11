import { finite, integer, onlyOptions } from "./argument.js";
import type { Callback, CallbackState, FitControl } from "./callback.js";
import { type DescribedCallback, description, isNumberText, stateValues } from "./callbackState.js";
import type { Logs } from "./history.js";
import { isCount } from "./json.js";
import { Monitor, type MonitorOptions } from "./monitor.js";

/** The options of {@link reduceLROnPlateau}. */
export interface ReduceLROnPlateauOptions extends MonitorOptions {
  /** What the learning rate is multiplied by, in `(0, 1)`; default 0.1. */
  readonly factor?: number | undefined;
  /** Epochs without improvement after which it is; default 10. */
  readonly patience?: number | undefined;
  /** Epochs after that which are not counted; default 0. */
  readonly cooldown?: number | undefined;
  /** The learning rate is not taken below this; default 0. */
  readonly minLr?: number | undefined;
}

const action = "reduce the learning rate";

/**
 * Returns a callback that lowers the learning rate when a value has not improved for some epochs, as Keras'
 * `ReduceLROnPlateau` (`minDelta` is 1e-4 by default). With a schedule, what the schedule says is multiplied.
 *
 * @throws RangeError when an option is out of range; the fit, when no such value is in the logs
 */
export function reduceLROnPlateau(options: ReduceLROnPlateauOptions = {}): Callback {
  return new ReduceLROnPlateau(options);
}

const kind = "reduceLROnPlateau";

class ReduceLROnPlateau implements DescribedCallback {
  readonly [description]: DescribedCallback[typeof description];
  readonly #monitor: Monitor;
  readonly #factor: number;
  readonly #patience: number;
  readonly #cooldown: number;
  readonly #least: number;
  readonly #fresh: number;
  #wait = 0;
  #cooling = 0;
  #resumed = false;

  constructor(options: ReduceLROnPlateauOptions) {
    const make = "make a reduceLROnPlateau callback";
    const known = ["monitor", "mode", "minDelta", "factor", "patience", "cooldown", "minLr"];
    onlyOptions(make, options, known);
    const { minDelta = 1e-4, factor = 0.1, patience = 10, cooldown = 0, minLr = 0 } = options;
    const atLeast0 = (name: string, value: number) =>
      finite(make, name, value, "of at least 0", (number) => number >= 0);
    this.#monitor = new Monitor(make, options, atLeast0("minDelta", minDelta));
    this.#fresh = this.#monitor.best;
    this.#factor = finite(make, "factor", factor, "in (0, 1)", (value) => value > 0 && value < 1);
    this.#patience = integer(make, "patience", patience, 0);
    this.#cooldown = integer(make, "cooldown", cooldown, 0);
    this.#least = atLeast0("minLr", minLr);
    this[description] = { kind, ...this.#monitor.description, factor, patience, cooldown, minLr };
  }

  onTrainBegin(): void {
    const resumed = this.#resumed;
    this.#resumed = false;
    if (resumed) return;
    this.#wait = 0;
    this.#cooling = 0;
    this.#monitor.best = this.#fresh;
  }

  onEpochEnd(_: number, logs: Logs, control: FitControl): void {
    const improved = this.#monitor.improves(this.#monitor.read(action, logs));
    if (this.#cooling > 0) {
      this.#cooling--;
      this.#wait = 0;
    }
    if (improved) this.#wait = 0;
    if (improved || this.#cooling > 0) return;
    this.#wait++;
    const { learningRate } = control;
    if (this.#wait < this.#patience || learningRate <= this.#least) return;
    control.scaleLearningRate(Math.max(this.#factor, this.#least / learningRate));
    this.#cooling = this.#cooldown;
    this.#wait = 0;
  }

  getState(): CallbackState {
    return { values: { kind, wait: this.#wait, cooling: this.#cooling, best: String(this.#monitor.best) } };
  }

  setState(state: CallbackState): void {
    const isRight = ({ wait, cooling, best }: Record<string, unknown>) =>
      isCount(wait) && isCount(cooling) && isNumberText(best);
    const { wait, cooling, best } = stateValues<{ wait: number; cooling: number; best: string }>(
      kind,
      state,
      isRight,
    );
    this.#wait = wait;
    this.#cooling = cooling;
    this.#monitor.best = Number(best);
    this.#resumed = true;
  }
}
