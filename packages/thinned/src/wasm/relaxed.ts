import type { Artefact } from "./artefact.js";
import * as boundary from "./generated/relaxed/thinned.js";
import packed from "./generated/relaxed/thinned_bg.wasm";

/** Uses fused multiply-add where the processor has it; the last bits of its results depend on the host. */
export const relaxed: Artefact = { name: "relaxed", packed, boundary };
