import { inflateSync } from "fflate";
import type { Boundary } from "./boundary.js";

/** The builds of the WebAssembly module that this version ships. */
export type ArtefactName = "simd128" | "relaxed" | "wide";

/** A build: its module, deflated and in base64, and the boundary that becomes usable once the module is started. */
export interface Artefact {
  readonly name: ArtefactName;
  readonly packed: string;
  readonly boundary: Boundary;
}

/** Returns the bytes of a module that was deflated and written as base64 when the package was built. */
export function unpack(packed: string): Uint8Array<ArrayBuffer> {
  const binary = atob(packed);
  const deflated = new Uint8Array(binary.length);
  for (let i = 0; i < deflated.length; i++) deflated[i] = binary.charCodeAt(i);
  return inflateSync(deflated);
}
