import type { FitControl } from "./callback.js";
import { DisposedError } from "./errors.js";
import type { Network } from "./network.js";
import { save } from "./persist.js";
import type { Trainer } from "./wasm/boundary.js";
import type { Handle } from "./wasm/handle.js";
import { getWeights, setWeights } from "./weights.js";

/** Returns what callbacks can do to a fit, while it lasts; the epoch and the end belong to its loop. */
export function fitControl(
  network: Network,
  trainer: Handle<Trainer>,
  {
    epoch,
    stop,
    pause,
  }: { readonly epoch: () => number; readonly stop: () => void; readonly pause: () => void },
): FitControl {
  const during = <Result>(action: string, work: () => Result): Result => {
    if (!trainer.disposed) return work();
    throw new DisposedError(
      `Cannot ${action}: the fit is over; a call from its callbacks, while it runs, is wanted`,
    );
  };
  const run = <Result>(action: string, work: (inside: Trainer) => Result): Result =>
    during(action, () => {
      const inside = trainer.get(action);
      return trainer.instance.run(() => work(inside));
    });
  return {
    get learningRate() {
      return run("read the learning rate", (inside) => inside.learningRate(epoch()));
    },
    scaleLearningRate: (factor) => {
      if (!(factor > 0 && Number.isFinite(factor))) {
        throw new RangeError(
          `Cannot scale the learning rate: the factor is ${factor}, a number above 0 is wanted`,
        );
      }
      run("scale the learning rate", (inside) => {
        inside.learningRateScale *= factor;
      });
    },
    stop: () => during("stop the fit", stop),
    pause: () => during("pause the fit", pause),
    getWeights: () => during("get weights", () => getWeights(network)),
    setWeights: (weights) => during("set weights", () => setWeights(network, weights)),
    save: () => during("save", () => save(network)),
  };
}
