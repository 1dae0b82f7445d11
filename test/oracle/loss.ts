// The losses by their names in TensorFlow.js, for one row; a batch's loss is the mean over its rows.
import { logActivity } from "./activation.ts";
import { at } from "./at.ts";
import { compensatedSum } from "./compensatedSum.ts";
import type { Activation } from "./description.ts";
import type { Pass } from "./forward.ts";
import type { Network } from "./network.ts";

export type Loss =
  | "meanSquaredError"
  | "meanAbsoluteError"
  | { readonly name: "huber"; readonly delta: number }
  | "gaussianNegativeLogLikelihood"
  | "binaryCrossentropy"
  | "categoricalCrossentropy"
  | "sparseCategoricalCrossentropy";

/** What the output layer computes for one row. */
export interface Output {
  readonly activities: Float64Array;
  /** Undefined where the layer has no activation of its own. */
  readonly activation: Activation | undefined;
  readonly preActivations: Float64Array;
}

/** Returns the loss of one pass against one target row. */
export function rowLoss(network: Network, pass: Pass, target: ArrayLike<number>, loss: Loss): number {
  const output = network.nodes.length - 1;
  const node = at(network.nodes, output);
  const activation = node.kind === "dense" ? node.activation : undefined;
  const [activities, preActivations] = [at(pass.activities, output), at(pass.preActivations, output)];
  return outputLoss({ activities, activation, preActivations }, target, loss);
}

/** Returns the loss of one row of outputs; all but categorical losses are means over the targets. */
export function outputLoss(output: Output, target: ArrayLike<number>, loss: Loss): number {
  const { activities, activation, preActivations } = output;
  const logs = Array.from(activities, (_, k) => activation && logActivity(activation, preActivations, k));
  const pair = (k: number) => {
    const found = at(logs, k);
    if (found) return found;
    throw new RangeError(
      `Cannot compute ${JSON.stringify(loss)}: activation is ${JSON.stringify(activation)}, wanted sigmoid or softmax`,
    );
  };
  const meanOver = (term: (target: number, k: number) => number) =>
    compensatedSum(Array.from(target, term)) / target.length;
  if (typeof loss === "object") {
    const { delta } = loss;
    return meanOver((t, k) => {
      const d = Math.abs(at(activities, k) - t);
      return d <= delta ? d ** 2 / 2 : delta * (d - delta / 2);
    });
  }
  switch (loss) {
    case "meanSquaredError":
      return meanOver((t, k) => (at(activities, k) - t) ** 2);
    case "meanAbsoluteError":
      return meanOver((t, k) => Math.abs(at(activities, k) - t));
    case "gaussianNegativeLogLikelihood":
      return meanOver((t, k) => {
        const logVariance = at(activities, target.length + k);
        return (logVariance + (t - at(activities, k)) ** 2 * Math.exp(-logVariance)) / 2;
      });
    case "binaryCrossentropy":
      return meanOver((t, k) => {
        const { log, logComplement } = pair(k);
        return -t * log - (1 - t) * (logComplement ?? Number.NaN);
      });
    case "categoricalCrossentropy":
      return -compensatedSum(Array.from(target, (t, k) => t * pair(k).log));
    case "sparseCategoricalCrossentropy":
      return -pair(at(target, 0)).log;
  }
}
