import { printed } from "./argument.js";
import { BudgetError } from "./errors.js";
import { type DetailPlan, optionOf } from "./exactDetail.js";
import type { ExactPlan } from "./exactPlan.js";

const DEFAULT_BUDGET = 2 ** 28;

/** Work that counts in a budget. */
export type BudgetedWork = ExactPlan | DetailPlan;

/** Returns the checked option `budget`, of which Infinity sets no limit. */
export function checkedBudget(action: string, budget: unknown = DEFAULT_BUDGET): number {
  if (budget === Number.POSITIVE_INFINITY) return budget;
  if (Number.isSafeInteger(budget) && (budget as number) >= 1) return budget as number;
  const message = `Cannot ${action}: budget is ${printed(budget)}, an integer in [1, ${Number.MAX_SAFE_INTEGER}] or Infinity is wanted`;
  throw typeof budget === "number" ? new RangeError(message) : new TypeError(message);
}

/** Throws BudgetError when works, over all rows, need more evaluations than the budget; `waysOut` are asked for then alone. */
export function checkBudget(
  action: string,
  works: readonly BudgetedWork[],
  rows: number,
  budget: number,
  waysOut: () => readonly string[],
): void {
  const evaluations = evaluationsOfWorks(works, rows);
  if (evaluations <= budget) return;
  const seconds = works.reduce((sum, work) => sum + work.secondsPerRow * rows, 0);
  const dearest = dearestOf(works);
  const { layer, gates } = dearest;
  // Two numbers of which one is larger have to look so.
  const digits = rounded(evaluations) === rounded(budget) ? String : rounded;
  const part = dearest.evaluationsPerRow * rows;
  const share =
    part === evaluations || 2 * part > evaluations ? ", most of them" : `, ${digits(part)} of them`;
  const what = "kind" in dearest ? `for ${optionOf[dearest.kind]}` : `by ${dearest.method}`;
  throw new BudgetError(
    `Cannot ${action}: ${gates} gates upstream of layer ${JSON.stringify(layer)} (2^${gates} subnetworks, ${rows} ${rows === 1 ? "row" : "rows"}) ` +
      `need ${evaluationsText(evaluations, digits)}${works.length > 1 ? share : ""} ${what}, the budget allows ${digits(budget)}; ` +
      `that would take ${duration(seconds)}. Ways out: ${waysOut().join("; ")}`,
    { layer, gates, evaluations, budget, seconds },
  );
}

/** Returns the evaluations of works over all rows. */
export function evaluationsOfWorks(works: readonly BudgetedWork[], rows: number): number {
  return works.reduce((sum, work) => sum + work.evaluationsPerRow * rows, 0);
}

/** Returns the work with most evaluations. */
export function dearestOf(works: readonly BudgetedWork[]): BudgetedWork {
  return works.reduce((a, b) => (b.evaluationsPerRow > a.evaluationsPerRow ? b : a));
}

/** Returns a number of evaluations as messages print it. */
export function evaluationsText(evaluations: number, digits: (value: number) => string = rounded): string {
  if (!Number.isFinite(evaluations)) return "more than 1e308 evaluations";
  return `${digits(evaluations)} ${evaluations === 1 ? "evaluation" : "evaluations"}`;
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
