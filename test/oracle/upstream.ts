// Which gates a unit depends on, by the structure of the network alone (THEORY §1, §4.1).
import { at } from "./at.ts";
import { siteOf } from "./forward.ts";
import { type Network, observed } from "./network.ts";

/** A gate of the network: a node with a site, and the index of the gate in it. */
export interface Gate {
  readonly node: number;
  readonly index: number;
}

/**
 * Returns the gates with rate > 0 on which unit `unit` of `node` depends, observed before the node's own unit gates. A unit of
 * a dense layer counts the connection gates of its own column, a unit of a softmax group those of the whole group.
 */
export function upstreamGates(network: Network, node: number, unit: number): Gate[] {
  return [...at(at(dependencies(network), observed(network, node)), unit)].map((key) => {
    const [of, index] = key.split(":").map(Number);
    return { node: of ?? Number.NaN, index: index ?? Number.NaN };
  });
}

// [nodes][units] -> the set of "node:gate" that what the node hands on depends on.
function dependencies(network: Network): Set<string>[][] {
  const sets: Set<string>[][] = [];
  network.nodes.forEach((node, number) => {
    const sources = node.sources.map((source) => at(sets, source));
    const gate = (index: number): string[] => {
      const site = siteOf(node);
      return site && at(site.rates, index) > 0 ? [`${number}:${index}`] : [];
    };
    const units = Array.from({ length: node.width }, (_, unit) => unit);
    if (node.kind === "input") {
      sets.push(units.map(() => new Set()));
    } else if (node.kind === "concat") {
      sets.push(sources.flat());
    } else if (node.kind === "dropout") {
      sets.push(units.map((unit) => new Set([...at(at(sources, 0), unit), ...gate(unit)])));
    } else if (node.kind === "dense") {
      const inputs = at(sources, 0);
      const columns = units.map(
        (j) => new Set(inputs.flatMap((set, i) => [...set, ...(node.site ? gate(i * node.width + j) : [])])),
      );
      const group = new Set(columns.flatMap((column) => [...column]));
      sets.push(node.activation === "softmax" ? units.map(() => group) : columns);
    } else {
      sets.push(units.map((unit) => new Set(sources.flatMap((source) => [...at(source, unit)]))));
    }
  });
  return sets;
}
