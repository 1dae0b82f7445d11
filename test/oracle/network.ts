// From a description to a numbered network: topological order, gate sites, parameters.
import { at } from "./at.ts";
import type { Activation, Description, NodeDescription, Scaling } from "./description.ts";

interface NodeBase {
  /** Nodes of the same network, all before this one. */
  readonly sources: readonly number[];
  readonly width: number;
}

/** One application of gates. */
export interface Site {
  readonly number: number;
  /** One rate per gate: per unit for a dropout layer, per weight (row-major) for a dense one. */
  readonly rates: readonly number[];
  readonly scaling: Scaling;
}

export interface InputNode extends NodeBase {
  readonly kind: "input";
}
export interface DenseNode extends NodeBase {
  readonly kind: "dense";
  readonly activation: Activation;
  /** Indices into `Network.parameters`. */
  readonly kernel: number;
  readonly bias: number | undefined;
  readonly site: Site | undefined;
}
export interface DropoutNode extends NodeBase {
  readonly kind: "dropout";
  readonly site: Site;
}
export interface JoinNode extends NodeBase {
  readonly kind: "concat" | "add";
}
export type Node = InputNode | DenseNode | DropoutNode | JoinNode;

export interface Network {
  /** Node 0 is the input, node l + 1 is layer l, the last one is the output. */
  readonly nodes: readonly Node[];
  /** Kernel, bias, kernel, bias … in layer order; what is shared stands once. */
  readonly parameters: readonly Float64Array[];
}

/** Returns the network with its nodes in depth-first post-order from the output; what the output does not need is left out. */
export function arrange(description: Description): Network {
  const order = postOrder(description);
  const nodes: Node[] = [];
  const parameters: Float64Array[] = [];
  const parametersOf = new Map<number, { kernel: number; bias: number | undefined }>();
  let sites = 0;

  for (const original of order) {
    if (original === 0) {
      nodes.push({ kind: "input", sources: [], width: description.inputs });
      continue;
    }
    const layer = layerOf(description, original);
    const sources = sourcesOf(description, original).map((source) => order.indexOf(source));
    const widths = sources.map((source) => at(nodes, source).width);
    if (layer.kind === "dense") {
      let tensors = parametersOf.get(layer.owner);
      if (tensors === undefined) {
        tensors = { kernel: parameters.length, bias: layer.bias ? parameters.length + 1 : undefined };
        parameters.push(Float64Array.from(layer.kernel));
        if (layer.bias) parameters.push(Float64Array.from(layer.bias));
        parametersOf.set(layer.owner, tensors);
      }
      const rates = new Array<number>(at(widths, 0) * layer.units).fill(layer.connectionRate);
      const site = layer.connectionRate > 0 ? { number: sites++, rates, scaling: layer.scaling } : undefined;
      nodes.push({
        kind: "dense",
        sources,
        width: layer.units,
        activation: layer.activation,
        ...tensors,
        site,
      });
    } else if (layer.kind === "dropout") {
      const width = at(widths, 0);
      const rates =
        typeof layer.rates === "number" ? new Array<number>(width).fill(layer.rates) : layer.rates;
      nodes.push({
        kind: "dropout",
        sources,
        width,
        site: { number: sites++, rates, scaling: layer.scaling },
      });
    } else {
      const width = layer.kind === "add" ? at(widths, 0) : widths.reduce((sum, one) => sum + one, 0);
      nodes.push({ kind: layer.kind, sources, width });
    }
  }
  return { nodes, parameters };
}

/** Returns the index of the node that a statistic of `node` speaks of: a dropout layer is observed before its own gates. */
export function observed(network: Network, node: number): number {
  const { kind, sources } = at(network.nodes, node);
  return kind === "dropout" ? at(sources, 0) : node;
}

function postOrder(description: Description): number[] {
  const order: number[] = [];
  const visit = (node: number): void => {
    if (order.includes(node)) return;
    for (const source of sourcesOf(description, node)) visit(source);
    if (!order.includes(node)) order.push(node);
  };
  visit(description.output);
  return order;
}

function sourcesOf(description: Description, node: number): readonly number[] {
  if (node === 0) return [];
  const layer = at(description.nodes, node - 1);
  return "sources" in layer ? layer.sources : [layer.source];
}

function layerOf(
  description: Description,
  node: number,
): Exclude<NodeDescription, { kind: "again" }> & { owner: number } {
  const layer = at(description.nodes, node - 1);
  return layer.kind === "again" ? layerOf(description, layer.of) : { ...layer, owner: node };
}
