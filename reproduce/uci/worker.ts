// One of the threads that share the splits: takes the number of a split, answers with its result.
import { parentPort, workerData } from "node:worker_threads";
import { readRegressionSet } from "./regressionSet.ts";
import { runSplit, type SplitResult } from "./split.ts";

/** What a thread says: a network was trained, a split is done, or cannot be done. */
export type Message =
  | { readonly kind: "trained" }
  | { readonly kind: "done"; readonly result: SplitResult }
  | { readonly kind: "refused"; readonly message: string };

/** What a thread is told at its start. */
export interface Assignment {
  readonly folder: string;
  readonly epochs: number | undefined;
}

const { folder, epochs } = workerData as Assignment;
const set = readRegressionSet(folder);
const say = (message: Message) => parentPort?.postMessage(message);

parentPort?.on("message", async (split: number) => {
  try {
    const result = await runSplit(set, split, epochs ?? set.epochs, () => say({ kind: "trained" }));
    say({ kind: "done", result });
  } catch (error) {
    // What the data cannot do, such as a constant column of a split, is said in a line; anything else ends the thread as it is.
    if (!(error instanceof RangeError)) throw error;
    say({ kind: "refused", message: `split ${split}: ${error.message}` });
  }
});
