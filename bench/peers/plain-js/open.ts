import type { Peer } from "../peer.ts";
import { enumeration } from "./enumeration.ts";
import { forward } from "./forward.ts";
import { sampling } from "./sampling.ts";

/** What one writes without a library: straight loops in single precision. */
export function open(): Peer {
  return {
    version: `loops in JavaScript, V8 ${process.versions.v8}`,
    programs: { forward, sampling, enumeration },
    close: () => undefined,
  };
}
