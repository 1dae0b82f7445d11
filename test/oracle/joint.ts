// What units of one layer do together, and given a gate (THEORY §2, §6, §7): plain sums over every mask.
import { at } from "./at.ts";
import { compensatedSum } from "./compensatedSum.ts";
import { enumerate } from "./exact.ts";
import { type Network, observed } from "./network.ts";
import { type Gate, upstreamGates } from "./upstream.ts";

/** The units of a layer in one subnetwork. */
export interface LayerOutcome {
  readonly probability: number;
  readonly activities: Float64Array;
}

interface Outcome extends LayerOutcome {
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

const expectation = (of: readonly LayerOutcome[], value: (activities: Float64Array) => number): number =>
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
  return covarianceOf(outcomes(network, node, x, layerGates(network, node)));
}

/** Returns Cov(O_i, O_j), [units][units], over outcomes. */
export function covarianceOf(all: readonly LayerOutcome[]): number[][] {
  const units = Array.from(at(all, 0).activities.keys());
  const means = units.map((unit) => expectation(all, (activities) => at(activities, unit)));
  const centered = (activities: Float64Array, unit: number): number => at(activities, unit) - at(means, unit);
  return units.map((i) =>
    units.map((j) => expectation(all, (activities) => centered(activities, i) * centered(activities, j))),
  );
}

/** Returns H[E p] and E H[p] in nats; one unit is the Bernoulli distribution (O, 1 - O). */
export function entropies(network: Network, node: number, x: ArrayLike<number>) {
  return entropiesOf(outcomes(network, node, x, layerGates(network, node)));
}

/** The same over outcomes. */
export function entropiesOf(all: readonly LayerOutcome[]) {
  const distribution = (values: readonly number[]): readonly number[] =>
    values.length === 1 ? [at(values, 0), 1 - at(values, 0)] : values;
  // A mean of ones may round to more than 1, and what it leaves to less than 0.
  const entropy = (values: readonly number[]): number =>
    compensatedSum(distribution(values).map((p) => (p > 0 ? -p * Math.log(p) : 0)));
  const means = Array.from(at(all, 0).activities, (_, unit) =>
    expectation(all, (activities) => at(activities, unit)),
  );
  return { predictive: entropy(means), expected: expectation(all, (values) => entropy([...values])) };
}

/** Returns E O of one unit, given that one of the outcomes is the case. */
export function meanOf(all: readonly LayerOutcome[], unit: number): number {
  return expectation(all, (activities) => at(activities, unit)) / expectation(all, () => 1);
}

/** Returns E[O | δ_i = 1] of one unit for each of its gates, in the order of nodes and indices. */
export function givenGates(network: Network, node: number, unit: number, x: ArrayLike<number>): number[] {
  const gates = upstreamGates(network, node, unit).sort((a, b) => a.node - b.node || a.index - b.index);
  const all = outcomes(network, node, x, gates);
  return gates.map((_, bit) => {
    const kept = all.filter(({ mask }) => ((mask >>> bit) & 1) === 1);
    return meanOf(kept, unit);
  });
}
