// One pass through one thinned subnetwork, by the obvious loops.
import { activate } from "./activation.ts";
import { at } from "./at.ts";
import type { Network, Node, Site } from "./network.ts";

/** What each gate multiplies by, per node; undefined where a node has no site. */
export type Factors = readonly (Float64Array | undefined)[];

export interface Pass {
  /** S of dense nodes, per node; empty for the others. */
  readonly preActivations: readonly Float64Array[];
  /** What each node hands on: O of a dense node, the gated activity of a dropout node. */
  readonly activities: readonly Float64Array[];
}

/** Returns the factors of a subnetwork: δ/p with inverted scaling, δ with standard scaling. */
export function subnetworkFactors(
  network: Network,
  gatesOf: (site: Site, node: number) => ArrayLike<number>,
): Factors {
  return network.nodes.map((node, index) => {
    const site = siteOf(node);
    if (!site) return undefined;
    const gates = gatesOf(site, index);
    return Float64Array.from(site.rates, (rate, gate) =>
      site.scaling === "inverted" ? at(gates, gate) / (1 - rate) : at(gates, gate),
    );
  });
}

/** Returns the factors of the weight-scaled pass O*: 1 with inverted scaling, p with standard scaling. */
export function deterministicFactors(network: Network): Factors {
  return network.nodes.map((node) => {
    const site = siteOf(node);
    return site && Float64Array.from(site.rates, (rate) => (site.scaling === "inverted" ? 1 : 1 - rate));
  });
}

/** Returns the gate site of a node, undefined where it has none. */
export function siteOf(node: Node): Site | undefined {
  return node.kind === "dense" || node.kind === "dropout" ? node.site : undefined;
}

/** Returns every node's pre-activations and activities for one input row. */
export function forward(
  network: Network,
  x: ArrayLike<number>,
  factors: Factors,
  parameters: readonly Float64Array[] = network.parameters,
): Pass {
  const preActivations: Float64Array[] = [];
  const activities: Float64Array[] = [];
  network.nodes.forEach((node, index) => {
    const sources = node.sources.map((source) => at(activities, source));
    const factor = factors[index];
    let s: Float64Array = new Float64Array(0);
    let activity: Float64Array;
    if (node.kind === "input") {
      if (x.length !== node.width)
        throw new RangeError(`Cannot run: a row of ${x.length}, wanted ${node.width}`);
      activity = Float64Array.from(x);
    } else if (node.kind === "dense") {
      const bias = node.bias === undefined ? undefined : at(parameters, node.bias);
      s = product(at(sources, 0), at(parameters, node.kernel), factor, bias, node.width);
      activity = activate(node.activation, s);
    } else if (node.kind === "dropout") {
      activity = at(sources, 0).map((value, unit) => value * at(factor ?? [], unit));
    } else if (node.kind === "concat") {
      activity = Float64Array.from(sources.flatMap((source) => [...source]));
    } else {
      activity = at(sources, 0).map((_, unit) => sources.reduce((sum, source) => sum + at(source, unit), 0));
    }
    preActivations.push(s);
    activities.push(activity);
  });
  return { preActivations, activities };
}

/** Returns S_j = b_j + Σ_i w_ij f_ij x_i, a gate factor f_ij on each weight where there are connection gates. */
function product(
  x: Float64Array,
  kernel: Float64Array,
  factor: Float64Array | undefined,
  bias: Float64Array | undefined,
  units: number,
): Float64Array {
  const s = new Float64Array(units);
  for (let j = 0; j < units; j++) {
    let sum = bias ? at(bias, j) : 0;
    for (let i = 0; i < x.length; i++) {
      const weight = at(kernel, i * units + j);
      sum += at(x, i) * (factor ? weight * at(factor, i * units + j) : weight);
    }
    s[j] = sum;
  }
  return s;
}
