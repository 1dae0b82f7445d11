import type { Artefact } from "./artefact.js";
import * as boundary from "./generated/simd128/thinned.js";
import packed from "./generated/simd128/thinned_bg.wasm";

/** Runs on every host with WebAssembly SIMD, and gives the same bits on each. */
export const simd128: Artefact = { name: "simd128", packed, boundary };
