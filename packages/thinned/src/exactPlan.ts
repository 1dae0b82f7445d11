import { oneOf } from "./argument.js";
import type { Network } from "./network.js";
import type { LayerReference, LayerReferences, SelectedLayer, Selection } from "./selection.js";
import { Handle } from "./wasm/handle.js";
import { baseInstance } from "./wasm/instance.js";

/** An algorithm that is exact. */
export type ExactMethod =
  | "reference"
  | "nested"
  | "split"
  | "halves"
  | "characteristic"
  | "closedForm"
  | "conditioned";

const methods = [
  "reference",
  "nested",
  "split",
  "halves",
  "characteristic",
  "closedForm",
  "conditioned",
] as const satisfies ExactMethod[];

/** What exact statistics are for: a cross-check needs their fourth moment, which not every method has. */
export type ExactPurpose = "report" | "crossCheck";

/** Which exact statistics are asked for: the options of `explainExact()`, which `exact()` has too. */
export interface ExactTarget {
  /**
   * Which layer, or layers; default the output. Statistics are of the activities before the layer's own gates: of a dropout layer, of
   * what it reads.
   */
  readonly layer?: LayerReference | LayerReferences | undefined;
  /** A single unit of the layer: its statistics may need fewer gates; default all units. */
  readonly unit?: number | undefined;
  /** Default the cheapest that applies, by a static table of costs. */
  readonly method?: ExactMethod | undefined;
  /**
   * `"full"` adds the covariances of all units of a layer, at most 2,048, and for a softmax or single logistic output the
   * predictive and expected entropy and the mutual information. Costs an enumeration of all gates above the layer, but for
   * linear networks, which have them at any number of gates; no other number changes. Not with `unit`. Default `"units"`.
   */
  readonly moments?: "units" | "full" | undefined;
  /**
   * Adds `conditionalMean`, `E[O | δ_i = 1]` for every gate, any number of them: for linear, logistic and tanh units over one layer
   * of gates, elsewhere a RangeError. Default false.
   */
  readonly conditional?: boolean | undefined;
}

/** What exact statistics of a layer would cost. */
export interface ExactPlan {
  layer: string;
  method: ExactMethod;
  /** Gates upstream with a rate above 0. */
  gates: number;
  /** `2^gates`. */
  subnetworks: bigint;
  /**
   * Evaluations for one row, which its method counts: subnetworks (`reference`, `nested`), subnetworks of each unit (`split`), masks of
   * the outer gates for each unit (`conditioned`), entries of the sorted halves of each unit (`halves`), or units
   * (`characteristic`, `closedForm`). May be `Infinity`.
   */
  evaluationsPerRow: number;
  /** Estimated time for one row on one core; may be `Infinity`. */
  secondsPerRow: number;
  /**
   * Of several layers: the layer whose walk passes this one. Both come from that walk, and a request for both takes no more: the cost
   * of a request is the sum over the plans without this field, and over `moments` and `conditional` of all.
   */
  walkOf?: string;
  /** With `moments: "full"`: what it adds. */
  moments?: DetailCost;
  /** With `conditional`: what it adds. */
  conditional?: DetailCost;
}

/** What `moments: "full"` or `conditional` adds to the cost of a layer. */
export interface DetailCost {
  /** Gates with a rate above 0, of all units together where they are enumerated. */
  gates: number;
  /** Subnetworks, or units where they come from a formula; may be `Infinity`. */
  evaluationsPerRow: number;
  /** Estimated time for one row on one core; may be `Infinity`. */
  secondsPerRow: number;
}

/** Returns the checked option `method`. */
export function checkedMethod(action: string, method: unknown): ExactMethod | undefined {
  return method === undefined ? undefined : oneOf(action, "method", method, methods);
}

/** Returns the plan of each selected layer. */
export function planExact(
  network: Network,
  action: string,
  { layers }: Selection,
  unit: number | undefined,
  method: ExactMethod | undefined,
  purpose: ExactPurpose,
): ExactPlan[] {
  return layers.map((layer) => planLayer(network, action, layer, unit, method, purpose));
}

function planLayer(
  network: Network,
  action: string,
  { name, node }: SelectedLayer,
  unit: number | undefined,
  method: ExactMethod | undefined,
  purpose: ExactPurpose,
): ExactPlan {
  const instance = baseInstance();
  const inside = network.inside(instance, action);
  const plan = new Handle(
    instance,
    instance.run(() => inside.planExact(node, unit, method, purpose)),
  );
  try {
    const { gates, evaluations, secondsPerRow, method: chosen } = plan.get(action);
    return {
      layer: name,
      method: chosen as ExactMethod,
      gates,
      subnetworks: 1n << BigInt(gates),
      evaluationsPerRow: evaluations,
      secondsPerRow,
    };
  } finally {
    plan.dispose();
  }
}
