import { Worker } from "node:worker_threads";
import { UsageError } from "../study.ts";
import type { SplitResult } from "./split.ts";
import type { Assignment, Message } from "./worker.ts";

/** What is told while splits are worked on. */
export interface Listener {
  onTrained(): void;
  onResult(result: SplitResult): void;
}

/** Works on the splits in several threads, each of which takes the next one when it is done with the last. */
export async function runSplits(
  splits: readonly number[],
  threads: number,
  assignment: Assignment,
  listener: Listener,
): Promise<void> {
  const waiting = [...splits];
  const count = Math.min(threads, splits.length);
  await Promise.all(Array.from({ length: count }, () => runThread(waiting, assignment, listener)));
}

async function runThread(waiting: number[], assignment: Assignment, listener: Listener): Promise<void> {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { workerData: assignment });
  try {
    for (let split = waiting.shift(); split !== undefined; split = waiting.shift()) {
      listener.onResult(await ask(worker, split, listener));
    }
  } catch (error) {
    // The others need not begin anything more.
    waiting.length = 0;
    throw error;
  } finally {
    await worker.terminate();
  }
}

function ask(worker: Worker, split: number, { onTrained }: Listener): Promise<SplitResult> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void) => {
      worker.off("message", onMessage);
      worker.off("error", reject);
      finish();
    };
    const onMessage = (message: Message) => {
      if (message.kind === "trained") onTrained();
      else if (message.kind === "done") settle(() => resolve(message.result));
      else settle(() => reject(new UsageError(message.message)));
    };
    worker.on("message", onMessage);
    worker.on("error", reject);
    worker.postMessage(split);
  });
}
