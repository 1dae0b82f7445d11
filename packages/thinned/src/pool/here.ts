import type { ExactWork } from "../exactPart.js";
import type { Schedule } from "../schedule.js";
import type * as boundary from "../wasm/boundary.js";
import { runJob } from "./jobs.js";
import { Prepared } from "./prepared.js";
import { Spare } from "./spare.js";
import type { Work } from "./work.js";

/** Does all of `work` in this thread, one task after the other. */
export async function doHere(
  { instance, tasks }: Work,
  network: boundary.Network,
  schedule: Schedule,
): Promise<void> {
  const place = {
    instance,
    network,
    schedule,
    prepared: new Prepared<ExactWork>(),
    differentiators: new Prepared<boundary.Differentiator>(),
    spare: new Spare(),
  };
  try {
    for (let next = tasks.next(); !next.done; next = tasks.next()) {
      const task = next.value;
      const { output } = await runJob(task.name, place, task.input().input);
      task.done(output);
    }
  } finally {
    place.prepared.dispose();
    place.differentiators.dispose();
  }
}
