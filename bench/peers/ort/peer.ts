import type { Peer } from "../peer.ts";
import { forward } from "./forward.ts";
import type { Runtime } from "./runtime.ts";
import { sampling } from "./sampling.ts";

/** Returns ONNX Runtime as a peer; it does not train, and has no float64 enumeration to offer. */
export function ortPeer(runtime: Runtime, version: string): Peer {
  return {
    version,
    programs: { forward: (work) => forward(runtime, work), sampling: (work) => sampling(runtime, work) },
    close: () => undefined,
  };
}
