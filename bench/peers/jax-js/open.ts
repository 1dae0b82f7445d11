import { packageVersion } from "../../measure/machine.ts";
import { importPeer, type Peer } from "../peer.ts";
import { forward } from "./forward.ts";
import { sampling } from "./sampling.ts";
import { training } from "./training.ts";

/** jax-js on its WebAssembly device; what it computes is compiled by its `jit`. */
export async function open(): Promise<Peer> {
  const name = "@jax-js/jax";
  const jax = await importPeer(name, () => import("@jax-js/jax"));
  await jax.init("wasm");
  jax.defaultDevice("wasm");
  return {
    version: `${name} ${packageVersion(name)}, WebAssembly`,
    programs: {
      forward: (work) => forward(jax, work),
      sampling: (work) => sampling(jax, work),
      training: (work) => training(jax, work),
    },
    close: () => undefined,
  };
}
