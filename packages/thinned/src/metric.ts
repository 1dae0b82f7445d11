import type { ActivationConfig } from "./activation.js";
import type { Architecture, Node } from "./architecture.js";
import { integer, oneOf, onlyOptions, printed } from "./argument.js";
import { isRecord } from "./json.js";
import { type CheckedLoss, isRegression } from "./loss.js";
import { sizeOf, type Tensor } from "./tensor.js";
import type { Instance } from "./wasm/instance.js";

/**
 * What can be reported beside the loss, over all rows at once:
 *
 * * `"accuracy"`: the share of right rows (of right outputs, for logistic ones), of an output layer that is softmax or sigmoid;
 * * `"auc"`: the area under the ROC curve of one output, or of the second of two, ties counting half; NaN without rows of both kinds;
 * * `"topKAccuracy"`: the share of rows whose class is among the 5 largest outputs, see {@link topKAccuracy};
 * * `"meanSquaredError"`, `"rootMeanSquaredError"`, `"meanAbsoluteError"`: over all outputs that have a target.
 */
export type MetricName =
  | "accuracy"
  | "auc"
  | "topKAccuracy"
  | "meanSquaredError"
  | "rootMeanSquaredError"
  | "meanAbsoluteError";

/** A top-k accuracy with its `k`: plain data, as {@link topKAccuracy} returns it. */
export interface TopKAccuracy {
  readonly name: "topKAccuracy";
  readonly k: number;
}

/**
 * Any function of the targets and the outputs of all rows of an epoch or a validation set; its name is that of its
 * values: not one that the library reports, such as `loss` or `valAccuracy`. `yTrue` is `[rows]` for labels of classes and
 * `[rows, ...targets]` otherwise, `yPred` is `[rows, ...outputs]`; both are copies.
 */
export type MetricFunction = (yTrue: Tensor, yPred: Tensor) => number;

/** What is reported beside the loss. */
export type Metric = MetricName | TopKAccuracy | MetricFunction;

const names = [
  "accuracy",
  "auc",
  "topKAccuracy",
  "meanSquaredError",
  "rootMeanSquaredError",
  "meanAbsoluteError",
] as const satisfies MetricName[];

/** A metric, checked. */
export interface CheckedMetric {
  readonly name: string;
  /** Of a top-k accuracy. */
  readonly k: number;
  readonly compute: MetricFunction | undefined;
}

/** Outputs and what they are compared with, for all rows. */
export interface Compared {
  readonly outputs: Tensor;
  readonly targets: Tensor;
}

/**
 * Returns the metric that counts a row as right when its class is among the `k` largest outputs.
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { dense, sequential, topKAccuracy } from "thinned";
 *
 * const model = sequential([dense(3, { activation: "softmax" })], { inputShape: [3], seed: 1 });
 * model.setWeights([[[1, 0, 0], [0, 1, 0], [0, 0, 1]], [0, 0, 0]]);
 * const options = { loss: "sparseCategoricalCrossentropy", metrics: ["accuracy", topKAccuracy(2)] } as const;
 * const { accuracy, topKAccuracy: top2 } = await model.evaluate([[3, 2, 1], [3, 2, 1]], [0, 1], options);
 * assert.deepEqual([accuracy, top2], [0.5, 1]);
 * ```
 */
export function topKAccuracy(k: number): TopKAccuracy {
  return { name: "topKAccuracy", k: integer("make a top-k accuracy", "k", k, 1) };
}

/**
 * Returns the checked metrics; default none.
 *
 * @throws RangeError when a metric is asked of outputs that it is not defined for, or two have one name
 */
export function checkMetrics(
  action: string,
  list: unknown = [],
  loss: CheckedLoss,
  architecture: Architecture,
): CheckedMetric[] {
  if (!Array.isArray(list)) {
    throw new TypeError(
      `Cannot ${action}: metrics is ${printed(list)}, an array such as ["accuracy"] is wanted`,
    );
  }
  // Not `map`, which would pass over the holes of a sparse array.
  const checked = Array.from(list, (metric, index) => checkMetric(action, `metrics[${index}]`, metric));
  const output = architecture.nodes.at(-1) as Node;
  for (const [index, metric] of checked.entries()) {
    if (metric.compute === undefined) checkFit(action, metric.name as MetricName, loss, output);
    if (isTaken(metric, index, checked)) {
      throw new RangeError(
        `Cannot ${action}: metrics[${index}] is named ${printed(metric.name)}, a name of its own is wanted`,
      );
    }
  }
  return checked;
}

/** Returns the name of the value of a metric on the validation rows. */
export function validationName(name: string): string {
  return `val${name.replace(/^./, (letter) => letter.toUpperCase())}`;
}

/** Returns whether values of another kind go by the name of a metric: those of the metrics before it, or of what the library reports. */
function isTaken({ name, compute }: CheckedMetric, index: number, all: readonly CheckedMetric[]): boolean {
  const others = all.filter((_, other) => other !== index).map((metric) => metric.name);
  if (others.slice(0, index).includes(name)) return true;
  if (["loss", ...names, ...others].map(validationName).includes(name)) return true;
  return compute !== undefined && ["loss", "epoch", "__proto__", ...names].includes(name);
}

function checkMetric(action: string, place: string, metric: unknown): CheckedMetric {
  if (typeof metric === "function") {
    if (metric.name !== "") return { name: metric.name, k: 0, compute: metric as MetricFunction };
    throw new TypeError(
      `Cannot ${action}: ${place} is a function without a name, one with a name is wanted: its values go by it`,
    );
  }
  if (!isRecord(metric)) return { name: oneOf(action, place, metric, names), k: 5, compute: undefined };
  onlyOptions(`${action}: ${place}`, metric, ["name", "k"]);
  const name = oneOf(action, `${place}.name`, metric.name, ["topKAccuracy"] as const);
  return { name, k: integer(action, `${place}.k`, metric.k, 1), compute: undefined };
}

/** Throws RangeError where the metric is not defined for the outputs of the network. */
function checkFit(
  action: string,
  metric: MetricName,
  loss: CheckedLoss,
  { name, definition, shape }: Node,
): void {
  const outputs = sizeOf(shape);
  const refuse = (state: string, wanted: string) => {
    throw new RangeError(
      `Cannot ${action}: metrics has ${printed(metric)}, and output layer ${printed(name)} has ${state}; ${wanted} ` +
        `is wanted with loss ${printed(loss.name)}`,
    );
  };
  const { activation = "none" } = definition.config as { readonly activation?: ActivationConfig };
  const kind = typeof activation === "string" ? activation : activation.type;
  if (metric === "accuracy" && isRegression(loss) && kind !== "softmax" && kind !== "sigmoid") {
    refuse(
      `activation ${printed(kind)}, whose outputs are no classes`,
      "a softmax or sigmoid output layer, or no metrics,",
    );
  }
  if (metric === "auc" && outputs > 2) refuse(`${outputs} outputs`, "one, or the softmax of two classes,");
  if (metric === "topKAccuracy" && outputs < 2) refuse("1 output", "one output a class");
  const isError = metric.startsWith("mean") || metric.startsWith("root");
  if (isError && loss.name === "sparseCategoricalCrossentropy") {
    refuse("classes for targets", "a target for each output");
  }
}

/** Returns the values of metrics over all rows; `accuracy` comes from the score of the loss. */
export function metricValues(
  metrics: readonly CheckedMetric[],
  accuracy: number,
  compared: () => Compared,
  instance: Instance,
): Record<string, number> {
  let all: Compared | undefined;
  const values = metrics.map(({ name, k, compute }): [string, number] => {
    if (name === "accuracy" && compute === undefined) return [name, accuracy];
    all ??= compared();
    const { outputs, targets } = all;
    // Copies, because a function may sort what it is given: the targets are those of later epochs too.
    if (compute !== undefined) return [name, checkValue(name, compute(copyOf(targets), copyOf(outputs)))];
    const rows = outputs.shape[0] as number;
    return [name, instance.run(({ metric }) => metric(name, k, outputs.data, targets.data, rows))];
  });
  return Object.fromEntries(values);
}

const copyOf = ({ data, shape }: Tensor): Tensor => ({ data: data.slice(), shape: [...shape] });

function checkValue(name: string, value: unknown): number {
  if (typeof value === "number") return value;
  throw new TypeError(
    `Cannot compute metric ${printed(name)}: it returned ${printed(value)}, a number is wanted`,
  );
}

/** Returns whether the metrics need the outputs of all rows. */
export function needOutputs(metrics: readonly CheckedMetric[]): boolean {
  return metrics.some(({ name, compute }) => compute !== undefined || name !== "accuracy");
}
