import type { ExactPlan } from "./exactPlan.js";
import type { Network } from "./network.js";
import type { Selection } from "./selection.js";
import { baseInstance } from "./wasm/instance.js";

/** Layers whose statistics come together: from one walk through the gates of the first, which passes the others. */
export interface ExactWalk {
  /** That of the first layer: the work of the walk. */
  readonly plan: ExactPlan;
  /** Places in the selection. */
  readonly layers: readonly number[];
  readonly nodes: readonly number[];
}

/** Returns the walks that give the statistics of all selected layers; those of other methods have a layer each. */
export function planWalks(
  network: Network,
  action: string,
  { layers }: Selection,
  unit: number | undefined,
  plans: readonly ExactPlan[],
): ExactWalk[] {
  const walks = new Map<number, number[]>(plans.map((_, place) => [place, [place]]));
  for (const method of ["nested", "reference"] as const) {
    const places = [...plans.keys()].filter((place) => plans[place]?.method === method);
    if (places.length < 2) continue;
    const nodes = Uint32Array.from(places, (place) => layers[place]?.node as number);
    const inside = network.inside(baseInstance(), action);
    const leads = baseInstance().run(() => inside.exactLeads(nodes, unit, method));
    for (const [index, place] of places.entries()) {
      const lead = places[leads[index] as number] as number;
      if (lead === place) continue;
      walks.delete(place);
      walks.get(lead)?.push(place);
    }
  }
  return [...walks].map(([lead, places]) => ({
    plan: plans[lead] as ExactPlan,
    layers: places,
    nodes: places.map((place) => layers[place]?.node as number),
  }));
}
