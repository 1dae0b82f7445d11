import type { FitControl } from "./callback.js";
import type { Network } from "./network.js";
import { save } from "./persist.js";
import type { Trainer } from "./wasm/boundary.js";
import type { Handle } from "./wasm/handle.js";
import { getWeights, setWeights } from "./weights.js";

/** Returns what callbacks can do to a fit; the epoch and the end belong to its loop. */
export function fitControl(
  network: Network,
  trainer: Handle<Trainer>,
  { epoch, stop }: { readonly epoch: () => number; readonly stop: () => void },
): FitControl {
  const run = <Result>(work: (inside: Trainer) => Result) => {
    const inside = trainer.get("fit");
    return trainer.instance.run(() => work(inside));
  };
  return {
    get learningRate() {
      return run((inside) => inside.learningRate(epoch()));
    },
    scaleLearningRate: (factor) => {
      if (!(factor > 0 && Number.isFinite(factor))) {
        throw new RangeError(
          `Cannot scale the learning rate: the factor is ${factor}, a number above 0 is wanted`,
        );
      }
      run((inside) => {
        inside.learningRateScale *= factor;
      });
    },
    stop,
    getWeights: () => getWeights(network),
    setWeights: (weights) => setWeights(network, weights),
    save: () => save(network),
  };
}
