// Moments over some gates, the others being held (THEORY §5): every mask of them, one full pass each.
import { at } from "./at.ts";
import { compensatedSum } from "./compensatedSum.ts";
import { type Factors, forward, siteOf } from "./forward.ts";
import { type Network, observed } from "./network.ts";

/** Mean and variance of one unit over the gates that are not held. */
export interface ConditionalMoments {
  readonly mean: number;
  readonly variance: number;
}

/** Returns the moments of every unit of `node` over all masks of the sites at `freeNodes`, the other factors as given. */
export function conditionalMoments(
  network: Network,
  node: number,
  x: ArrayLike<number>,
  held: Factors,
  freeNodes: readonly number[],
): ConditionalMoments[] {
  const gates = freeNodes.flatMap((free) =>
    (siteOf(at(network.nodes, free))?.rates ?? []).map((rate, index) => ({ free, rate, index })),
  );
  const seen = observed(network, node);
  const outcomes = Array.from({ length: 2 ** gates.length }, (_, mask) => {
    const factors = held.map((of) => of && Float64Array.from(of));
    let probability = 1;
    gates.forEach(({ free, rate, index }, bit) => {
      const kept = (mask >>> bit) & 1;
      const scaling = siteOf(at(network.nodes, free))?.scaling;
      at(factors as Float64Array[], free)[index] = scaling === "inverted" ? kept / (1 - rate) : kept;
      probability *= kept ? 1 - rate : rate;
    });
    return { probability, activities: at(forward(network, x, factors).activities, seen) };
  });
  return Array.from({ length: at(network.nodes, seen).width }, (_, unit) => {
    const expectation = (of: (activity: number) => number): number =>
      compensatedSum(outcomes.map(({ probability, activities }) => probability * of(at(activities, unit))));
    const mean = expectation((activity) => activity);
    return { mean, variance: expectation((activity) => (activity - mean) ** 2) };
  });
}
