import { oneOf, printed } from "./argument.js";

/** The loss of one row of outputs, by its name in TensorFlow.js; the loss of a batch is the mean over its rows. */
export type Loss = (typeof losses)[number];

const losses = [
  "meanSquaredError",
  "meanAbsoluteError",
  "binaryCrossentropy",
  "categoricalCrossentropy",
  "sparseCategoricalCrossentropy",
] as const;

/** What is reported beside the loss. */
export type Metric = (typeof metrics)[number];

const metrics = ["accuracy"] as const;

/** Returns the checked loss, which has no default: it depends on what the outputs mean. */
export function checkLoss(action: string, loss: unknown): Loss {
  return oneOf(action, "loss", loss, losses);
}

/** Returns the checked metrics; default none. */
export function checkMetrics(action: string, list: unknown = []): Metric[] {
  if (!Array.isArray(list)) {
    throw new TypeError(
      `Cannot ${action}: metrics is ${printed(list)}, an array such as ["accuracy"] is wanted`,
    );
  }
  return list.map((metric, index) => oneOf(action, `metrics[${index}]`, metric, metrics));
}
