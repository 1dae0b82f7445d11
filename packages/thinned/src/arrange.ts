import { type Architecture, architecture, type Entry } from "./architecture.js";
import { printed } from "./argument.js";
import type { Layer, MergeLayer, SymbolicTensor } from "./symbolic.js";

/**
 * Returns the architecture between two symbolic tensors. Layers are numbered by depth-first post-order from the
 * output, the sources of a layer in their order: this numbering fixes the gate sites, hence every mask.
 *
 * @throws RangeError when the output does not depend on `input`, or depends on another input
 */
export function arrange(
  action: string,
  input: SymbolicTensor,
  output: SymbolicTensor,
  seed: number,
): Architecture {
  const order = postOrder(output);
  const foreign = order.find((tensor) => tensor.layer === undefined && tensor !== input);
  if (foreign !== undefined) {
    throw new RangeError(
      `Cannot ${action}: the output depends on an input of shape [${foreign.shape}] that is not the one in inputs`,
    );
  }
  if (!order.includes(input))
    throw new RangeError(`Cannot ${action}: the output does not depend on the input`);
  const applied = order.filter((tensor) => tensor !== input);
  const node = new Map(applied.map((tensor, index) => [tensor, index + 1]));
  node.set(input, 0);
  const layers = applied.map((tensor) => tensor.layer as Layer | MergeLayer);
  const names = namesOf(action, layers);
  const firsts = new Map<Layer | MergeLayer, number>();
  const entries = applied.map((tensor, index): Entry => {
    const layer = layers[index] as Layer | MergeLayer;
    const { definition } = layer;
    const first = firsts.get(layer) ?? index;
    firsts.set(layer, first);
    const sharing = first < index && definition.parameters(tensor.sources[0]?.shape ?? []).length > 0;
    return {
      name: names[index] as string,
      definition,
      sources: tensor.sources.map((source) => node.get(source) as number),
      sharedWith: sharing ? first + 1 : undefined,
    };
  });
  return architecture(action, input.shape, entries, seed);
}

/** Returns every tensor that `output` depends on, and itself, each after its sources. */
function postOrder(output: SymbolicTensor): SymbolicTensor[] {
  const order: SymbolicTensor[] = [];
  const seen = new Set([output]);
  // An explicit stack: a deep network would overflow that of the host.
  const stack = [{ tensor: output, visited: 0 }];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const source = top.tensor.sources[top.visited];
    top.visited++;
    if (source === undefined) {
      order.push(top.tensor);
      stack.pop();
    } else if (!seen.has(source)) {
      seen.add(source);
      stack.push({ tensor: source, visited: 0 });
    }
  }
  return order;
}

/** Returns a name per application: the layer's own or `kind_n`, and `name/k` for the k-th application of one layer. */
function namesOf(action: string, layers: readonly (Layer | MergeLayer)[]): string[] {
  const owners = new Map<string, Layer | MergeLayer>();
  for (const layer of layers) {
    if (layer.name === undefined) continue;
    const owner = owners.get(layer.name) ?? layer;
    if (owner !== layer) {
      throw new RangeError(
        `Cannot ${action}: two layers are named ${printed(layer.name)}, names of their own are wanted`,
      );
    }
    owners.set(layer.name, layer);
  }
  const counts = new Map<string, number>();
  const defaults = new Map<Layer | MergeLayer, string>();
  const applications = new Map<Layer | MergeLayer, number>();
  return layers.map((layer) => {
    const name = layer.name ?? defaults.get(layer) ?? nextDefault(layer);
    const times = (applications.get(layer) ?? 0) + 1;
    applications.set(layer, times);
    return times === 1 ? name : `${name}/${times}`;
  });

  function nextDefault(layer: Layer | MergeLayer): string {
    const { kind } = layer.definition;
    let count = counts.get(kind) ?? 0;
    do count++;
    while (owners.has(`${kind}_${count}`));
    counts.set(kind, count);
    defaults.set(layer, `${kind}_${count}`);
    return `${kind}_${count}`;
  }
}
