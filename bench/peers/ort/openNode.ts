import { packageVersion } from "../../measure/machine.ts";
import { importPeer, type Peer } from "../peer.ts";
import { ortPeer } from "./peer.ts";

export async function open(): Promise<Peer> {
  const name = "onnxruntime-node";
  const { InferenceSession, Tensor } = await importPeer(name, () => import("onnxruntime-node"));
  return ortPeer({ name: "ort-node", InferenceSession, Tensor }, `${name} ${packageVersion(name)}`);
}
