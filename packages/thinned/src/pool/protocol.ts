import type { ArtefactName } from "../wasm/artefact.js";
import type { JobInput, JobName, JobOutput } from "./jobs.js";

/** What a worker is told. */
export type Order =
  | { kind: "module"; artefact: ArtefactName; module: WebAssembly.Module }
  /** A network and its weights, under a name that later orders use. */
  | { kind: "network"; key: string; architecture: string; weights: Float32Array<ArrayBuffer>[] }
  /** Other weights for a network that is known. */
  | { kind: "weights"; key: string; weights: Float32Array<ArrayBuffer>[] }
  | { kind: "forget"; key: string }
  | {
      kind: "job";
      id: number;
      artefact: ArtefactName;
      network: string;
      name: JobName;
      input: JobInput[JobName];
    }
  | { kind: "cancel"; id: number };

/** What a worker tells, each time of the job `id`. */
export type Reply =
  /** `done` counts from the beginning of the job. */
  | { kind: "progress"; id: number; done: number }
  | { kind: "done"; id: number; output: JobOutput[JobName] }
  | { kind: "failed"; id: number; error: PlainError; trapped: boolean };

/** An error as it crosses between threads, which would lose its class. */
export interface PlainError {
  readonly name: string;
  readonly message: string;
}
