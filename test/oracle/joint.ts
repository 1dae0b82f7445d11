// What units of one layer do together, and given a gate (THEORY §2, §6, §7): plain sums over every mask.
import { at } from "./at.ts";
import { compensatedSum } from "./compensatedSum.ts";
import { enumerate } from "./exact.ts";
import { type Network, observed } from "./network.ts";
import { type Gate, upstreamGates } from "./upstream.ts";

interface Outcome {
  readonly probability: number;
  readonly activities: Float64Array;
  readonly mask: number;
}

function outcomes(network: Network, node: number, x: ArrayLike<number>, gates: readonly Gate[]): Outcome[] {
  const seen = observed(network, node);
  return enumerate(network, gates, x).map(({ probability, pass }, mask) => ({
    probability,
    activities: at(pass.activities, seen),
    mask,
  }));
}

const expectation = (of: readonly Outcome[], value: (activities: Float64Array) => number): number =>
  compensatedSum(of.map(({ probability, activities }) => probability * value(activities)));

/** Returns the gates above any unit of a node, in the order of nodes and indices. */
function layerGates(network: Network, node: number): Gate[] {
  const { width } = at(network.nodes, observed(network, node));
  const all = Array.from({ length: width }, (_, unit) => upstreamGates(network, node, unit)).flat();
  const keys = new Map(all.map((gate) => [`${gate.node}:${gate.index}`, gate]));
  return [...keys.values()].sort((a, b) => a.node - b.node || a.index - b.index);
}

/** Returns Cov(O_i, O_j), [units][units]. */
export function covariance(network: Network, node: number, x: ArrayLike<number>): number[][] {
  const all = outcomes(network, node, x, layerGates(network, node));
  const units = Array.from(at(all, 0).activities.keys());
  const means = units.map((unit) => expectation(all, (activities) => at(activities, unit)));
  const centered = (activities: Float64Array, unit: number): number => at(activities, unit) - at(means, unit);
  return units.map((i) =>
    units.map((j) => expectation(all, (activities) => centered(activities, i) * centered(activities, j))),
  );
}

/** Returns H[E p] and E H[p] in nats; one unit is the Bernoulli distribution (O, 1 - O). */
export function entropies(network: Network, node: number, x: ArrayLike<number>) {
  const all = outcomes(network, node, x, layerGates(network, node));
  const distribution = (values: readonly number[]): readonly number[] =>
    values.length === 1 ? [at(values, 0), 1 - at(values, 0)] : values;
  const entropy = (values: readonly number[]): number =>
    compensatedSum(distribution(values).map((p) => (p === 0 ? 0 : -p * Math.log(p))));
  const means = Array.from(at(all, 0).activities, (_, unit) =>
    expectation(all, (activities) => at(activities, unit)),
  );
  return { predictive: entropy(means), expected: expectation(all, (values) => entropy([...values])) };
}

/** Returns E[O | δ_i = 1] of one unit for each of its gates, in the order of nodes and indices. */
export function givenGates(network: Network, node: number, unit: number, x: ArrayLike<number>): number[] {
  const gates = upstreamGates(network, node, unit).sort((a, b) => a.node - b.node || a.index - b.index);
  const all = outcomes(network, node, x, gates);
  return gates.map((_, bit) => {
    const kept = all.filter(({ mask }) => ((mask >>> bit) & 1) === 1);
    return expectation(kept, (activities) => at(activities, unit)) / expectation(kept, () => 1);
  });
}
