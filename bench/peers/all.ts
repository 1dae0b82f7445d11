import type { Peer } from "./peer.ts";

/** What a bench can compare with. */
export const peerNames = ["numpy", "ort-node", "ort-web", "tfjs", "jax-js", "plain-js"] as const;

export type PeerName = (typeof peerNames)[number];

// Nothing of a peer is loaded before it is asked for.
const loaders: Readonly<Record<PeerName, () => Promise<{ open(): Promise<Peer> | Peer }>>> = {
  numpy: () => import("./numpy/open.ts"),
  "ort-node": () => import("./ort/openNode.ts"),
  "ort-web": () => import("./ort/openWeb.ts"),
  tfjs: () => import("./tfjs/open.ts"),
  "jax-js": () => import("./jax-js/open.ts"),
  "plain-js": () => import("./plain-js/open.ts"),
};

/** Returns a peer that is ready; throws NotCompared when this machine lacks it. */
export async function openPeer(name: PeerName): Promise<Peer> {
  withoutGlobalWorkers();
  const { open } = await loaders[name]();
  return open();
}

/**
 * Some peers leave a global `Worker` behind, by which jax-js then compiles kernels for memory that is shared, which its
 * memory is not. On one thread nobody needs it: what is assigned is not kept.
 */
function withoutGlobalWorkers(): void {
  Object.defineProperty(globalThis, "Worker", { get: () => undefined, set: () => {}, configurable: true });
}
