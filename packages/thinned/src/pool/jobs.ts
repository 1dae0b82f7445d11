import type { Schedule } from "../schedule.js";
import type * as boundary from "../wasm/boundary.js";
import type { Instance } from "../wasm/instance.js";
import { runSampleJob, type SampleInput, type SampleOutput } from "./sampleJob.js";

/** Where a job runs: a network with its weights, in a thread of its own. */
export interface Workplace {
  readonly instance: Instance;
  readonly network: boundary.Network;
  readonly schedule: Schedule;
}

/** The output of a job, and the buffers of it that move to the owner. */
export interface Delivery<Output> {
  readonly output: Output;
  readonly transfer: ArrayBuffer[];
}

/** What the jobs of each name take. */
export interface JobInput {
  readonly sample: SampleInput;
}

/** What the jobs of each name give. */
export interface JobOutput {
  readonly sample: SampleOutput;
}

export type JobName = keyof JobInput;

/** The work that a worker can do, by name. */
export const jobs: {
  readonly [Name in JobName]: (place: Workplace, input: JobInput[Name]) => Promise<Delivery<JobOutput[Name]>>;
} = { sample: runSampleJob };
