import { packageVersion } from "../../measure/machine.ts";
import { importPeer, type Peer } from "../peer.ts";
import { ortPeer } from "./peer.ts";

export async function open(): Promise<Peer> {
  const name = "onnxruntime-web";
  const { InferenceSession, Tensor, env } = await importPeer(name, () => import("onnxruntime-web"));
  env.wasm.numThreads = 1;
  return ortPeer(
    { name: "ort-web", InferenceSession, Tensor },
    `${name} ${packageVersion(name)}, WebAssembly`,
  );
}
