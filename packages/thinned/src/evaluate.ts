import { onlyOptions } from "./argument.js";
import { checkLoss, checkMetrics, type Loss, type Metric } from "./loss.js";
import type { Network } from "./network.js";
import { type Batch, toBatch } from "./rows.js";
import { type LongCallOptions, Schedule } from "./schedule.js";
import { type Snapshot, withSnapshot } from "./snapshot.js";
import { type Targets, toTargets } from "./targets.js";
import type { TensorLike } from "./tensor.js";
import type { Instance } from "./wasm/instance.js";
import { rowChunks } from "./wasm/memory.js";

/** The options of `evaluate()`; progress counts rows. */
export interface EvaluateOptions<Metrics extends readonly Metric[] = readonly Metric[]>
  extends LongCallOptions {
  readonly loss: Loss;
  /** What is returned beside the loss; default nothing. */
  readonly metrics?: Metrics | undefined;
}

/** The mean loss over the rows, and each metric that was asked for. */
export type Evaluation<Metrics extends readonly Metric[] = readonly []> = { loss: number } & {
  [Name in Metrics[number]]: number;
};

/** Returns the loss and the metrics of the weight-scaled network. */
export async function evaluate<Metrics extends readonly Metric[]>(
  network: Network,
  x: TensorLike,
  y: TensorLike,
  options: EvaluateOptions<Metrics>,
): Promise<Evaluation<Metrics>> {
  const action = "evaluate";
  network.atHome(action);
  onlyOptions(action, options, ["loss", "metrics", "signal", "onProgress"]);
  const loss = checkLoss(action, options.loss);
  const metrics = checkMetrics(action, options.metrics, loss, network.architecture);
  const batch = toBatch(action, "x", x, network.architecture.inputShape);
  const targets = toTargets(action, "y", y, loss, batch.rows, network.outputShape);
  const schedule = new Schedule(action, batch.rows, options, () => network.refuseDisposed(action));
  const score = await withSnapshot(network, action, (snapshot) =>
    scoreOf(network, snapshot, network.home, action, batch, targets, loss, schedule),
  );
  await schedule.finish();
  const wanted = metrics.map((metric) => [metric, score[metric]]);
  return { loss: score.loss, ...Object.fromEntries(wanted) };
}

/** Returns the mean loss and accuracy over the rows of a checked batch. */
export async function scoreOf(
  network: Network,
  snapshot: Snapshot,
  instance: Instance,
  action: string,
  batch: Batch,
  targets: Targets,
  loss: Loss,
  schedule: Schedule,
): Promise<{ loss: number; accuracy: number }> {
  const sums = { loss: 0, accuracy: 0 };
  const inside = snapshot.inside(instance, action);
  for (const { first, rows, x } of rowChunks(batch.data, batch.rows, network.cost)) {
    const y = targets.data.subarray(first * targets.width, (first + rows) * targets.width);
    const [lossSum = Number.NaN, correct = Number.NaN] = instance.run(() =>
      inside.evaluate(x, y, rows, loss),
    );
    sums.loss += lossSum;
    sums.accuracy += correct;
    schedule.add(rows);
    if (schedule.over) await schedule.next();
  }
  return { loss: sums.loss / batch.rows, accuracy: sums.accuracy / batch.rows };
}
