import type { Artefact } from "./artefact.js";
import type { Boundary } from "./boundary.js";
import * as boundary from "./generated/base/thinned.js";
import packed from "./generated/base/thinned_bg.wasm";

/**
 * The part of the portable build that a model needs before its first long call, with the same bits: what a network is, its
 * prediction, the plans of exact statistics. It is inlined in the entry, so that models are made without waiting.
 */
export const base: Artefact = {
  name: "simd128",
  packed,
  // The same names without those that compute in bulk; whoever wants these asks for an instance of a whole build.
  boundary: boundary as unknown as Boundary,
};
