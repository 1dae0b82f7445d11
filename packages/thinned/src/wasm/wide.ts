import type { Artefact } from "./artefact.js";
import * as boundary from "./generated/wide/thinned.js";
import packed from "./generated/wide/thinned_bg.wasm";

/** The relaxed build with kernels for 256-bit vectors, which V8 makes of neighbouring ones when a flag of it is set. */
export const wide: Artefact = { name: "wide", packed, boundary };

/** Returns what of the started build does not give its known answers, if anything. */
export const { selfCheck } = boundary;
