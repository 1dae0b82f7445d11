import { onlyOptions } from "./argument.js";
import type { Network } from "./network.js";
import { toBatch } from "./rows.js";
import { bySelection, type LayerReference, type LayerReferences, selectLayers } from "./selection.js";
import { sizeOf, type Tensor, type TensorLike, toTensor } from "./tensor.js";
import { type RowChunk, type RowCost, rowChunks } from "./wasm/memory.js";

/** The options of `predict()`. */
export interface PredictOptions {
  /**
   * Which layer, or layers, of which the activities before their own gates are wanted: of a dropout layer, what it reads. Default the
   * output of the network.
   */
  readonly layer?: LayerReference | LayerReferences | undefined;
}

const action = "predict";

/** Returns the outputs of the weight-scaled network, `[batch, ...output shape]`, or the activities of the selected layers. */
export function predict(
  network: Network,
  x: TensorLike,
  options: PredictOptions,
): Tensor | Record<string, Tensor> {
  onlyOptions(action, options, ["layer"]);
  return options.layer === undefined ? predictOutput(network, x) : predictLayers(network, x, options.layer);
}

function predictOutput(network: Network, x: TensorLike): Tensor {
  const inside = network.atHome(action);
  const batch = toBatch(action, "x", x, network.architecture.inputShape, toTensor);
  const shape = [batch.rows, ...network.outputShape];
  const outputs = ({ x: rowsOfX, rows }: RowChunk) => network.home.run(() => inside.predict(rowsOfX, rows));
  const chunks = [...rowChunks(batch.data, batch.rows, memoryCost(network))];
  const [only, ...others] = chunks;
  if (only !== undefined && others.length === 0) return { data: outputs(only), shape };
  const data = new Float32Array(sizeOf(shape));
  for (const chunk of chunks) data.set(outputs(chunk), chunk.first * sizeOf(network.outputShape));
  return { data, shape };
}

/** The cost of a row of a call that nothing interrupts: rows are cut for memory alone, since each part packs all kernels anew. */
function memoryCost({ cost }: Network): RowCost {
  return { values: cost.values, products: 0 };
}

function predictLayers(
  network: Network,
  x: TensorLike,
  layer: LayerReference | LayerReferences,
): Tensor | Record<string, Tensor> {
  const inside = network.atHome(action);
  const selection = selectLayers(action, network.architecture, layer);
  const batch = toBatch(action, "x", x, network.architecture.inputShape, toTensor);
  const nodes = Uint32Array.from(selection.layers, ({ node }) => node);
  const results = selection.layers.map(({ shape }): Tensor => {
    return { data: new Float32Array(batch.rows * sizeOf(shape)), shape: [batch.rows, ...shape] };
  });
  for (const chunk of rowChunks(batch.data, batch.rows, memoryCost(network))) {
    const activities = network.home.run(() => inside.activities(chunk.x, chunk.rows, nodes));
    let first = 0;
    for (const { data, shape } of results) {
      const width = sizeOf(shape.slice(1));
      data.set(activities.subarray(first, first + chunk.rows * width), chunk.first * width);
      first += chunk.rows * width;
    }
  }
  return bySelection(selection, results);
}
