// The losses by their names in TensorFlow.js, for one row; a batch's loss is the mean over its rows.
import { logActivity } from "./activation.ts";
import { at } from "./at.ts";
import { compensatedSum } from "./compensatedSum.ts";
import type { Pass } from "./forward.ts";
import type { Network } from "./network.ts";

export type Loss =
  | "meanSquaredError"
  | "meanAbsoluteError"
  | "binaryCrossentropy"
  | "categoricalCrossentropy"
  | "sparseCategoricalCrossentropy";

/** Returns the loss of one pass against one target row; squared, absolute and binary errors are means over the outputs. */
export function rowLoss(network: Network, pass: Pass, target: ArrayLike<number>, loss: Loss): number {
  const output = network.nodes.length - 1;
  const activities = at(pass.activities, output);
  const logs = (): { log: number; logComplement: number | undefined }[] => {
    const node = at(network.nodes, output);
    const pair = (_: number, k: number) =>
      node.kind === "dense" ? logActivity(node.activation, at(pass.preActivations, output), k) : undefined;
    return Array.from(activities, pair).map((found) => {
      if (!found)
        throw new RangeError(
          `Cannot compute ${loss}: output is ${node.kind}, wanted sigmoid or softmax units`,
        );
      return found;
    });
  };
  const meanOver = (term: (output: number, k: number) => number) =>
    compensatedSum(Array.from(activities, term)) / activities.length;
  switch (loss) {
    case "meanSquaredError":
      return meanOver((activity, k) => (activity - at(target, k)) ** 2);
    case "meanAbsoluteError":
      return meanOver((activity, k) => Math.abs(activity - at(target, k)));
    case "binaryCrossentropy": {
      const pairs = logs();
      return meanOver((_, k) => {
        const { log, logComplement } = at(pairs, k);
        return -at(target, k) * log - (1 - at(target, k)) * (logComplement ?? Number.NaN);
      });
    }
    case "categoricalCrossentropy":
      return -compensatedSum(logs().map(({ log }, k) => at(target, k) * log));
    case "sparseCategoricalCrossentropy":
      return -at(logs(), at(target, 0)).log;
  }
}
