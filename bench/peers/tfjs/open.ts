import { importPeer, type Peer } from "../peer.ts";
import { forward } from "./forward.ts";
import { sampling } from "./sampling.ts";
import { training } from "./training.ts";

/** TensorFlow.js on its WebAssembly backend. */
export async function open(): Promise<Peer> {
  const tf = await importPeer("@tensorflow/tfjs-core", () => import("@tensorflow/tfjs-core"));
  const name = "@tensorflow/tfjs-backend-wasm";
  const { setThreadsCount, version_wasm } = await importPeer(
    name,
    () => import("@tensorflow/tfjs-backend-wasm"),
  );
  // Before the backend starts: it makes its threads then.
  setThreadsCount(1);
  await tf.setBackend("wasm");
  return {
    version: `${name} ${version_wasm}`,
    programs: {
      forward: (work) => forward(tf, work),
      sampling: (work) => sampling(tf, work),
      training: (work) => training(tf, work),
    },
    close: () => undefined,
  };
}
