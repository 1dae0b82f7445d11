import { oneOf, onlyOptions } from "./argument.js";
import { BudgetError } from "./errors.js";
import type { Network } from "./network.js";
import {
  bySelection,
  type LayerReference,
  type LayerReferences,
  type SelectedLayer,
  type Selection,
  selectLayers,
  selectUnit,
} from "./selection.js";
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

/** What exact statistics are asked of. */
export interface ExactTarget {
  /** Which layer, or layers; default the output. */
  readonly layer?: LayerReference | LayerReferences | undefined;
  /** A single unit of the layer: its statistics may need fewer gates; default all units. */
  readonly unit?: number | undefined;
  /** Default the cheapest that applies, by a static table of costs. */
  readonly method?: ExactMethod | undefined;
}

/** What exact statistics of a layer would cost. */
export interface ExactPlan {
  layer: string;
  method: ExactMethod;
  /** Gates upstream with a rate above 0. */
  gates: number;
  /** `2^gates`. */
  subnetworks: bigint;
  /** Subnetwork passes for one row; may be `Infinity`. */
  evaluationsPerRow: number;
  /** Estimated time for one row on one core; may be `Infinity`. */
  secondsPerRow: number;
}

/** Returns the plan of each selected layer, without running it. */
export function explainExact(network: Network, options: ExactTarget): ExactPlan | Record<string, ExactPlan> {
  const action = "explain exact()";
  network.atHome(action);
  onlyOptions(action, options, ["layer", "unit", "method"]);
  const selection = selectLayers(action, network.architecture, options.layer);
  const unit = selectUnit(action, selection, options.unit);
  return bySelection(selection, planExact(network, action, selection, unit, options.method, "report"));
}

/** Returns the plan of each selected layer. */
export function planExact(
  network: Network,
  action: string,
  { layers }: Selection,
  unit: number | undefined,
  method: unknown,
  purpose: ExactPurpose,
): ExactPlan[] {
  const wanted = method === undefined ? undefined : oneOf(action, "method", method, methods);
  return layers.map((layer) => planLayer(network, action, layer, unit, wanted, purpose));
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

/**
 * Throws BudgetError when the plans, over all rows, need more evaluations than the budget; `evaluationsOfUnit` says how many a single
 * unit would need, where one can be asked for.
 */
export function checkBudget(
  plans: readonly Pick<ExactPlan, "layer" | "gates" | "evaluationsPerRow" | "secondsPerRow">[],
  rows: number,
  budget: number,
  evaluationsOfUnit: () => number = () => Infinity,
): void {
  const evaluations = plans.reduce((sum, plan) => sum + plan.evaluationsPerRow * rows, 0);
  if (evaluations <= budget) return;
  const seconds = plans.reduce((sum, plan) => sum + plan.secondsPerRow * rows, 0);
  const { layer, gates } = plans.reduce((a, b) => (b.evaluationsPerRow > a.evaluationsPerRow ? b : a));
  // Two numbers of which one is larger have to look so.
  const digits = rounded(evaluations) === rounded(budget) ? String : rounded;
  const count = Number.isFinite(evaluations) ? digits(evaluations) : "more than 1e308";
  const narrower =
    evaluationsOfUnit() < evaluations ? "a single unit or an earlier layer" : "an earlier layer";
  throw new BudgetError(
    `Cannot enumerate subnetworks: ${gates} gates upstream of layer ${JSON.stringify(layer)} (2^${gates} subnetworks, ${rows} ${rows === 1 ? "row" : "rows"}) ` +
      `need ${count} evaluations, the budget allows ${digits(budget)}; that would take ${duration(seconds)}. ` +
      `Ways out: predictMC() samples them; ask for ${narrower}; fewer gates; a larger budget`,
    { layer, gates, evaluations, budget, seconds },
  );
}

function rounded(value: number): string {
  return value < 1e6 ? String(value) : value.toExponential(1).replace("e+", "e");
}

function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "more than 1e300 years";
  const units = [
    { name: "s", size: 1 },
    { name: "minutes", size: 60 },
    { name: "hours", size: 3600 },
    { name: "days", size: 86_400 },
    { name: "years", size: 365.25 * 86_400 },
  ];
  const count = (size: number) => {
    const units = seconds / size;
    return units < 1e6 ? String(Number(units.toPrecision(2))) : rounded(units);
  };
  const { name, size } = units.filter((unit) => seconds >= 2 * unit.size).at(-1) ?? { name: "s", size: 1 };
  return `about ${count(1)} s${size > 1 ? ` (${count(size)} ${name})` : ""}`;
}
