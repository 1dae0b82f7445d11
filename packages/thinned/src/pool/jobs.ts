import type { ChunkToScore } from "../bayes/scoredChunk.js";
import type { ExactPart, ExactWork, Values } from "../exactPart.js";
import type { Schedule } from "../schedule.js";
import type * as boundary from "../wasm/boundary.js";
import type { Instance } from "../wasm/instance.js";
import { type BlocksInput, runBlocksJob, runExactJob } from "./exactJob.js";
import { type GradientInput, type GradientOutput, runGradientJob } from "./gradientJob.js";
import type { Prepared } from "./prepared.js";
import { runSampleJob, type SampleInput, type SampleOutput } from "./sampleJob.js";
import { runScoreJob } from "./scoreJob.js";
import type { Spare } from "./spare.js";

/** Where a job runs: a network with its weights, in a thread of its own. */
export interface Workplace {
  readonly instance: Instance;
  readonly network: boundary.Network;
  readonly schedule: Schedule;
  readonly prepared: Prepared<ExactWork>;
  readonly differentiators: Prepared<boundary.Differentiator>;
  readonly spare: Spare;
}

/** The output of a job, and the buffers of it that move to the owner. */
export interface Delivery<Output> {
  readonly output: Output;
  readonly transfer: ArrayBuffer[];
}

/** What the jobs of each name take. */
export interface JobInput {
  readonly sample: SampleInput;
  readonly score: ChunkToScore;
  readonly exact: ExactPart;
  readonly blocks: BlocksInput;
  readonly gradient: GradientInput;
}

/** What the jobs of each name give. */
export interface JobOutput {
  readonly sample: SampleOutput;
  /** The log-likelihood of each row. */
  readonly score: Float64Array;
  readonly exact: Values;
  readonly blocks: Values;
  readonly gradient: GradientOutput;
}

export type JobName = keyof JobInput;

/** The work that a worker can do, by name. */
const jobs: {
  readonly [Name in JobName]: (place: Workplace, input: JobInput[Name]) => Promise<Delivery<JobOutput[Name]>>;
} = {
  sample: runSampleJob,
  score: runScoreJob,
  exact: runExactJob,
  blocks: runBlocksJob,
  gradient: runGradientJob,
};

/** Does a job of any name. */
export function runJob<Name extends JobName>(
  name: Name,
  place: Workplace,
  input: JobInput[JobName],
): Promise<Delivery<JobOutput[Name]>> {
  return jobs[name](place, input as JobInput[Name]);
}
