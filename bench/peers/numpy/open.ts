import type { Peer } from "../peer.ts";
import { enumeration, forward, sampling, training } from "./programs.ts";
import { startWorker } from "./worker.ts";

/** numpy in a `python3` of its own; it is used when this machine has it, and never installed. */
export async function open(): Promise<Peer> {
  const worker = await startWorker();
  return {
    version: worker.version,
    programs: {
      forward: (work) => forward(worker, work),
      sampling: (work) => sampling(worker, work),
      enumeration: (work) => enumeration(worker, work),
      training: (work) => training(worker, work),
    },
    close: () => worker.close(),
  };
}
