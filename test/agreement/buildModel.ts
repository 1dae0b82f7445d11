// From a description to the SDK's model, through the public face only.
import { add, concat, dense, dropout, graph, input, type Layer, type Model } from "thinned";
import { at } from "../oracle/at.ts";
import type { Description } from "../oracle/description.ts";
import { arrange } from "../oracle/network.ts";

export type Batch = { data: Float32Array; shape: number[] };

/** Returns the model of the description, with the description's weights. */
function buildModel(description: Description, seed = 1): Model {
  const tensors = [input([description.inputs])];
  const layers: (Layer | undefined)[] = [undefined];
  for (const node of description.nodes) {
    if (node.kind === "dense") {
      const { units, activation, connectionRate, scaling, bias } = node;
      const layer = dense(units, { activation, connectionRate, scaling, useBias: bias !== undefined });
      layers.push(layer);
      tensors.push(layer.apply(at(tensors, node.source)));
    } else if (node.kind === "dropout") {
      const rates = typeof node.rates === "number" ? node.rates : [...node.rates];
      const layer = dropout(rates, { scaling: node.scaling });
      layers.push(layer);
      tensors.push(layer.apply(at(tensors, node.source)));
    } else if (node.kind === "again") {
      const layer = at(layers, node.of);
      if (!layer) throw new RangeError(`Cannot apply again: node ${node.of} is no dense or dropout layer`);
      layers.push(layer);
      tensors.push(layer.apply(at(tensors, node.source)));
    } else {
      const join = node.kind === "add" ? add() : concat();
      layers.push(undefined);
      tensors.push(join.apply(node.sources.map((source) => at(tensors, source))));
    }
  }
  const model = graph({ inputs: at(tensors, 0), outputs: at(tensors, description.output), seed });
  model.setWeights(describedWeights(description));
  return model;
}

/** Returns the weights of the description in the order of getWeights(): kernel, bias, kernel, bias … by layer. */
function describedWeights(description: Description): Batch[] {
  const { nodes, parameters } = arrange(description);
  const tensors: Batch[] = [];
  for (const node of nodes) {
    if (node.kind !== "dense" || node.kernel < tensors.length) continue;
    const kernel = Float32Array.from(at(parameters, node.kernel));
    tensors.push({ data: kernel, shape: [kernel.length / node.width, node.width] });
    if (node.bias !== undefined) {
      tensors.push({ data: Float32Array.from(at(parameters, node.bias)), shape: [node.width] });
    }
  }
  return tensors;
}

/** Runs `use` on the model of the description and frees the model, whatever happens. */
export async function withModel<T>(
  description: Description,
  use: (model: Model) => T | Promise<T>,
): Promise<T> {
  const model = buildModel(description);
  try {
    return await use(model);
  } finally {
    model.dispose();
  }
}

/** Returns rows of equal length as one [rows, width] tensor. */
export function batchOf(rows: readonly ArrayLike<number>[]): Batch {
  const width = rows[0]?.length ?? 0;
  const data = new Float32Array(rows.length * width);
  for (const [index, row] of rows.entries()) data.set(row, index * width);
  return { data, shape: [rows.length, width] };
}
