// The definition of truth (THEORY §4): every mask of the gates upstream, one full pass each, in float64.
import { at } from "./at.ts";
import type { Activation } from "./description.ts";
import {
  deterministicFactors,
  type Factors,
  forward,
  type Pass,
  siteOf,
  subnetworkFactors,
} from "./forward.ts";
import { type Network, observed } from "./network.ts";
import { type UnitStatistics, unitStatistics } from "./unitStatistics.ts";
import { type Gate, upstreamGates } from "./upstream.ts";

export interface Subnetwork {
  readonly probability: number;
  readonly pass: Pass;
}

/** Returns the statistics of each unit of a node, observed before the node's own unit gates. */
export function exactStatistics(network: Network, node: number, x: ArrayLike<number>): UnitStatistics[] {
  const seen = observed(network, node);
  const activation = activationOf(network, node);
  const deterministic = at(forward(network, x, deterministicFactors(network)).activities, seen);
  // Units that depend on the same gates share one enumeration.
  const enumerations = new Map<string, Subnetwork[]>();
  return Array.from(deterministic, (star, unit) => {
    const gates = upstreamGates(network, node, unit);
    const key = gates
      .map((gate) => `${gate.node}:${gate.index}`)
      .sort()
      .join(" ");
    const subnetworks = enumerations.get(key) ?? enumerate(network, gates, x);
    enumerations.set(key, subnetworks);
    const outcomes = subnetworks.map(({ probability, pass }) => ({
      probability,
      activity: at(at(pass.activities, seen), unit),
      preActivations: activation && at(pass.preActivations, seen),
    }));
    return { ...unitStatistics(outcomes, unit, activation), gates: gates.length, deterministic: star };
  });
}

/** Returns the activation of the units that a statistic of `node` speaks of; undefined where they have none. */
export function activationOf(network: Network, node: number): Activation | undefined {
  const seen = at(network.nodes, observed(network, node));
  return seen.kind === "dense" ? seen.activation : undefined;
}

// Gates that are not upstream stay open: they cannot matter to the unit that asks.
export function enumerate(network: Network, gates: readonly Gate[], x: ArrayLike<number>): Subnetwork[] {
  return Array.from({ length: 2 ** gates.length }, (_, mask) => {
    const open = network.nodes.map((node) => new Uint8Array(siteOf(node)?.rates.length ?? 0).fill(1));
    let probability = 1;
    gates.forEach((gate, bit) => {
      const kept = (mask >>> bit) & 1;
      const site = siteOf(at(network.nodes, gate.node));
      const rate = at(site?.rates ?? [], gate.index);
      at(open, gate.node)[gate.index] = kept;
      probability *= kept ? 1 - rate : rate;
    });
    const factors: Factors = subnetworkFactors(network, (_site, node) => at(open, node));
    return { probability, pass: forward(network, x, factors) };
  });
}
