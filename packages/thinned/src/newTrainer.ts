import { checkSchedule, learningRates, momenta, scheduleNumbers } from "./learningRate.js";
import type { Network } from "./network.js";
import type { FitRequest } from "./training.js";
import type { Trainer } from "./wasm/boundary.js";
import type { Instance } from "./wasm/instance.js";

/** Returns what takes the steps of a fit inside `instance`, as the boundary wants its settings. */
export function newTrainer(
  network: Network,
  { loss, prior, optimizer, maskSharing, sliceRows, seed }: FitRequest,
  instance: Instance,
): Trainer {
  const action = "fit";
  const inside = network.inside(instance, action);
  const rate = scheduleNumbers(checkSchedule(action, "learningRate", optimizer.learningRate, learningRates));
  const momentum = scheduleNumbers(checkSchedule(action, "momentum", optimizer.momentum, momenta));
  const settings = Float64Array.from(optimizer.settings);
  const { by, limit } = optimizer.clipping;
  const trainer = instance.run(
    ({ Trainer }) =>
      new Trainer(
        inside,
        loss.name,
        loss.delta,
        optimizer.kind,
        settings,
        ...rate,
        ...momentum,
        by,
        limit,
        maskSharing,
        sliceRows,
        seed,
      ),
  );
  if (prior === undefined) return trainer;
  try {
    instance.run(() => trainer.setPrior(inside, prior.lengthScale, prior.tau, prior.rows));
    return trainer;
  } catch (error) {
    instance.free(trainer);
    throw error;
  }
}
