import type { Architecture, Node } from "./architecture.js";
import { oneOf, printed } from "./argument.js";
import { Dense } from "./dense.js";

/** The loss of one row of outputs, by its name in TensorFlow.js; the loss of a batch is the mean over its rows. */
export type Loss =
  | "meanSquaredError"
  | "meanAbsoluteError"
  | "binaryCrossentropy"
  | "categoricalCrossentropy"
  | "sparseCategoricalCrossentropy";

const losses = [
  "meanSquaredError",
  "meanAbsoluteError",
  "binaryCrossentropy",
  "categoricalCrossentropy",
  "sparseCategoricalCrossentropy",
] as const satisfies Loss[];

/** What is reported beside the loss: `"accuracy"`, the share of right rows (of right outputs, for logistic ones), of an output layer that is softmax or sigmoid. */
export type Metric = "accuracy";

const metrics = ["accuracy"] as const satisfies Metric[];

/** Returns the checked loss, which has no default: it depends on what the outputs mean. */
export function checkLoss(action: string, loss: unknown): Loss {
  return oneOf(action, "loss", loss, losses);
}

/**
 * Returns the checked metrics; default none.
 *
 * @throws RangeError when accuracy is asked of outputs that are no classes
 */
export function checkMetrics(
  action: string,
  list: unknown = [],
  loss: Loss,
  { nodes }: Architecture,
): Metric[] {
  if (!Array.isArray(list)) {
    throw new TypeError(
      `Cannot ${action}: metrics is ${printed(list)}, an array such as ["accuracy"] is wanted`,
    );
  }
  // Not `map`, which would pass over the holes of a sparse array.
  const checked = Array.from(list, (metric, index) => oneOf(action, `metrics[${index}]`, metric, metrics));
  const regression = loss === "meanSquaredError" || loss === "meanAbsoluteError";
  if (checked.includes("accuracy") && regression) refuseRegression(action, loss, nodes.at(-1) as Node);
  return checked;
}

function refuseRegression(action: string, loss: Loss, { name, definition }: Node): void {
  const activation = definition instanceof Dense ? definition.config.activation : "none";
  const kind = typeof activation === "string" ? activation : activation.type;
  if (kind === "softmax" || kind === "sigmoid") return;
  throw new RangeError(
    `Cannot ${action}: metrics has "accuracy", and output layer ${printed(name)} has activation ${printed(kind)}, whose ` +
      `outputs are no classes; a softmax or sigmoid output layer, or no metrics, is wanted with loss ${printed(loss)}`,
  );
}
