import { onlyOptions } from "./argument.js";
import { type Examples, toExamples } from "./examples.js";
import { type CheckedLoss, checkLoss, type Loss } from "./loss.js";
import {
  type CheckedMetric,
  checkMetrics,
  type Metric,
  metricValues,
  needOutputs,
  type TopKAccuracy,
} from "./metric.js";
import type { Network } from "./network.js";
import { type LongCallOptions, Schedule } from "./schedule.js";
import { type Snapshot, withSnapshot } from "./snapshot.js";
import { sizeOf, type TensorLike } from "./tensor.js";
import type { Instance } from "./wasm/instance.js";
import { rowChunks } from "./wasm/memory.js";

/** The options of `evaluate()`; progress counts rows. */
export interface EvaluateOptions<Metrics extends readonly Metric[] = readonly Metric[]>
  extends LongCallOptions {
  readonly loss: Loss;
  /** What is returned beside the loss; default nothing. */
  readonly metrics?: Metrics | undefined;
  /** What the loss of each row counts, `[batch]`, at least 0; default 1. The metrics are not weighted. */
  readonly sampleWeight?: TensorLike | undefined;
}

/** The name under which the value of a metric is found; that of a function is any string to the compiler. */
type NameOf<Kind extends Metric> = Kind extends string
  ? Kind
  : Kind extends TopKAccuracy
    ? "topKAccuracy"
    : string;

/** The mean loss over the rows with the penalties of the weights, and each metric that was asked for. */
export type Evaluation<Metrics extends readonly Metric[] = readonly []> = { loss: number } & {
  [Name in NameOf<Metrics[number]>]: number;
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
  onlyOptions(action, options, ["loss", "metrics", "sampleWeight", "signal", "onProgress"]);
  const loss = checkLoss(action, options.loss);
  const metrics = checkMetrics(action, options.metrics, loss, network.architecture);
  const { sampleWeight } = options;
  const examples = toExamples(action, network, ["x", "y", "sampleWeight"], x, y, loss, { sampleWeight });
  const schedule = new Schedule(action, examples.batch.rows, options, () => network.refuseDisposed(action));
  const score = await withSnapshot(network, action, (snapshot) =>
    scoreOf(network, snapshot, network.home, action, examples, loss, metrics, schedule),
  );
  await schedule.finish();
  return score as Evaluation<Metrics>;
}

/** Returns the mean loss and the metrics over checked rows. */
export async function scoreOf(
  network: Network,
  snapshot: Snapshot,
  instance: Instance,
  action: string,
  { batch, targets, weights }: Examples,
  loss: CheckedLoss,
  metrics: readonly CheckedMetric[],
  schedule: Schedule,
): Promise<{ loss: number; [metric: string]: number }> {
  const sums = { loss: 0, accuracy: 0 };
  const inside = snapshot.inside(instance, action);
  const width = sizeOf(network.outputShape);
  const outputs = new Float32Array(needOutputs(metrics) ? batch.rows * width : 0); // [rows, outputs]
  for (const { first, rows, x } of rowChunks(batch.data, batch.rows, network.cost)) {
    const y = targets.data.subarray(first * targets.width, (first + rows) * targets.width);
    const some = weights.subarray(first, first + rows);
    const numbers = instance.run(() =>
      inside.evaluate(x, y, some, rows, loss.name, loss.delta, outputs.length > 0),
    );
    const [lossSum = Number.NaN, correct = Number.NaN] = numbers;
    sums.loss += lossSum;
    sums.accuracy += correct;
    if (outputs.length > 0) outputs.set(numbers.subarray(2), first * width);
    schedule.add(rows);
    if (schedule.over) await schedule.next();
  }
  const penalty = instance.run(() => inside.penalty());
  const compared = () => ({
    outputs: { data: outputs, shape: [batch.rows, ...network.outputShape] },
    targets: { data: targets.data, shape: targetShape(loss, batch.rows, targets.width, network) },
  });
  return {
    loss: sums.loss / batch.rows + penalty,
    ...metricValues(metrics, sums.accuracy / batch.rows, compared, instance),
  };
}

/** Returns the shape of the targets of some rows, as metrics are given them. */
export function targetShape({ name }: CheckedLoss, rows: number, width: number, network: Network): number[] {
  if (name === "sparseCategoricalCrossentropy") return [rows];
  return name === "gaussianNegativeLogLikelihood" ? [rows, width] : [rows, ...network.outputShape];
}
