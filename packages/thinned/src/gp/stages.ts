import type { Schedule } from "../schedule.js";
import type { Instance } from "../wasm/instance.js";

/** Work inside the module that comes in stages, whose units cost differently. */
interface Staged {
  readonly stage: number;
  /** Units left of the stage. */
  readonly remaining: number;
  step(units: number): void;
}

/** Does all of `work` in slices: a stage is measured anew, and counts `share` towards the total. */
export async function runStages(
  instance: Instance,
  schedule: Schedule,
  work: Staged,
  share: number,
): Promise<void> {
  for (let before = -1; work.stage !== before; ) {
    const stage = work.stage;
    before = stage;
    await schedule.run(
      {
        remaining: () => instance.run(() => (work.stage === stage ? work.remaining : 0)),
        step: (units) => instance.run(() => work.step(units)),
      },
      share / Math.max(1, work.remaining),
    );
  }
}
