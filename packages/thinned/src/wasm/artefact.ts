import type { Boundary } from "./boundary.js";

/** The builds of the WebAssembly module that this version ships. */
export type ArtefactName = "simd128" | "relaxed";

/** A build: its module as base64 text, and the boundary that becomes usable once the module is started. */
export interface Artefact {
  readonly name: ArtefactName;
  readonly base64: string;
  readonly boundary: Boundary;
}

/** Returns the bytes of base64 text. */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
