import type { Network } from "./network.js";
import { toBatch } from "./rows.js";
import { sizeOf, type Tensor, type TensorLike, toTensor } from "./tensor.js";
import { rowChunks } from "./wasm/memory.js";

/** Returns the outputs of the weight-scaled network, `[batch, ...output shape]`. */
export function predict(network: Network, x: TensorLike): Tensor {
  const action = "predict";
  const inside = network.atHome(action);
  const batch = toBatch(action, "x", x, network.architecture.inputShape, toTensor);
  const width = sizeOf(network.outputShape);
  const data = new Float32Array(batch.rows * width); // [rows, outputs]
  for (const chunk of rowChunks(batch.data, batch.rows, network.cost)) {
    data.set(
      network.home.run(() => inside.predict(chunk.x, chunk.rows)),
      chunk.first * width,
    );
  }
  return { data, shape: [batch.rows, ...network.outputShape] };
}
