// The definition of truth (THEORY §4): every mask of the gates upstream, one full pass each, in float64.
import { logActivity } from "./activation.ts";
import { at } from "./at.ts";
import { compensatedSum } from "./compensatedSum.ts";
import {
  deterministicFactors,
  type Factors,
  forward,
  type Pass,
  siteOf,
  subnetworkFactors,
} from "./forward.ts";
import { type Network, observed } from "./network.ts";
import { type Gate, upstreamGates } from "./upstream.ts";

/** Statistics of one unit's activity O over all subnetworks, for one input row. */
export interface UnitStatistics {
  /** The number n of gates upstream: 2^n subnetworks were run. */
  readonly gates: number;
  /** Σ P(N), which is 1 but for rounding. */
  readonly probability: number;
  readonly mean: number;
  readonly variance: number;
  /** E[(O - E)^4]. */
  readonly fourthMoment: number;
  readonly deterministic: number;
  readonly minimum: number;
  readonly maximum: number;
  /** E[S]; NaN where the node has no pre-activation. */
  readonly meanPreActivation: number;
  /** log Π O^P of a logistic or softmax unit. */
  readonly logGeometricMean: number | undefined;
  /** log Π (1 - O)^P of a logistic unit. */
  readonly logComplementGeometricMean: number | undefined;
}

export interface Subnetwork {
  readonly probability: number;
  readonly pass: Pass;
}

/** Returns the statistics of each unit of a node, observed before the node's own unit gates. */
export function exactStatistics(network: Network, node: number, x: ArrayLike<number>): UnitStatistics[] {
  const seen = observed(network, node);
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
    return { ...statisticsOf(network, seen, unit, subnetworks), gates: gates.length, deterministic: star };
  });
}

/** Returns Σ_i weights_i · values_i. */
function expectation(weights: readonly number[], values: readonly number[]): number {
  return compensatedSum(weights.map((weight, i) => weight * at(values, i)));
}

function statisticsOf(
  network: Network,
  node: number,
  unit: number,
  subnetworks: readonly Subnetwork[],
): Omit<UnitStatistics, "gates" | "deterministic"> {
  const probabilities = subnetworks.map(({ probability }) => probability);
  const activities = subnetworks.map(({ pass }) => at(at(pass.activities, node), unit));
  const mean = expectation(probabilities, activities);
  const central = (power: number): number =>
    expectation(
      probabilities,
      activities.map((activity) => (activity - mean) ** power),
    );

  const dense = at(network.nodes, node);
  const preActivations = subnetworks.map(({ pass }) => at(pass.preActivations, node));
  const logs =
    dense.kind === "dense" ? preActivations.map((s) => logActivity(dense.activation, s, unit)) : undefined;
  const meanLog = (
    pick: (pair: { log: number; logComplement: number | undefined }) => number | undefined,
  ) => {
    const values = logs?.map((pair) => pair && pick(pair));
    return values?.every((value) => value !== undefined) ? expectation(probabilities, values) : undefined;
  };
  return {
    probability: compensatedSum(probabilities),
    mean,
    variance: central(2),
    fourthMoment: central(4),
    minimum: activities.reduce((least, activity) => Math.min(least, activity), Number.POSITIVE_INFINITY),
    maximum: activities.reduce((most, activity) => Math.max(most, activity), Number.NEGATIVE_INFINITY),
    meanPreActivation:
      dense.kind === "dense"
        ? expectation(
            probabilities,
            preActivations.map((s) => at(s, unit)),
          )
        : Number.NaN,
    logGeometricMean: meanLog((pair) => pair.log),
    logComplementGeometricMean: meanLog((pair) => pair.logComplement),
  };
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
