// The names of the WebAssembly boundary. Both artefacts are made from the same crate, so one declaration serves both.
export type {
  Differentiator,
  ExactDetail,
  ExactRun,
  GpProcess,
  GradientRun,
  Network,
  NetworkBuilder,
  SampledStatistics,
  ScoredSamples,
  Trainer,
} from "./generated/simd128/thinned.js";

/** What an artefact exports, once it has been started. */
export type Boundary = typeof import("./generated/simd128/thinned.js");
