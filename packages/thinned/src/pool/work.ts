import type { Instance } from "../wasm/instance.js";
import type { JobInput, JobName, JobOutput } from "./jobs.js";

/** A part of a call that one worker does by itself. */
export interface Task<Name extends JobName = JobName> {
  readonly name: Name;
  /** What it counts towards the total of the call. */
  readonly units: number;
  /** Returns what the worker needs, and which buffers of it may move there: asked for anew when a worker was lost. */
  input(): { readonly input: JobInput[Name]; readonly transfer: ArrayBuffer[] };
  /** Takes the result; tasks end in any order. */
  done(output: JobOutput[Name]): void;
}

/** What a call has its workers do. */
export interface Work {
  /** How the messages of the call begin. */
  readonly action: string;
  /** The instance whose module the workers start as well. */
  readonly instance: Instance;
  /** The network; its weights are read when a worker does not have them yet. */
  readonly network: SharedNetwork;
  /** How many workers it has at most at a time; default as many as there are. */
  readonly mostWorkers?: number;
  /** Whether a worker that is alone with this call has its next task before the one at hand is done, so that it need not wait for it. */
  readonly ahead?: boolean;
  /** Asked for one task at a time, when a worker can take it. */
  readonly tasks: Iterator<Task>;
  /** Counts finished work; negative where work was lost. */
  add(units: number): void;
}

/** A network as workers get to know it. */
export interface SharedNetwork {
  /** Names the architecture and, where they stay as they are, the weights. */
  readonly key: string;
  /** Counts the changes of the weights: workers are sent those of the last version that they have not seen. */
  readonly version: number;
  architecture(): string;
  weights(): Float32Array<ArrayBuffer>[];
}

/** Returns a task under its general type: its name ties input and output together, for which TypeScript has no word. */
export function task<Name extends JobName>(specific: Task<Name>): Task {
  return specific as unknown as Task;
}
