import { printed } from "./argument.js";
import type { ExactRequest } from "./enumeration.js";
import { BudgetError } from "./errors.js";
import { type DetailPlan, optionOf } from "./exactDetail.js";
import type { ExactPlan } from "./exactPlan.js";

/** What a call may take. */
export interface Budget {
  readonly evaluations: number;
  /** By the estimates of its plans. */
  readonly seconds: number;
}

/** An evaluation may be an addition, an integral or a whole pass: a number alone would let a call take days that nobody meant. */
const DEFAULT_BUDGET: Budget = { evaluations: 2 ** 28, seconds: 3600 };

/** Work that counts in a budget. */
type BudgetedWork = ExactPlan | DetailPlan;

/** Returns the budget of the checked option `budget`, of which Infinity sets no limit; one that is set is not limited in time. */
export function checkedBudget(action: string, budget: unknown): Budget {
  if (budget === undefined) return DEFAULT_BUDGET;
  if (budget === Number.POSITIVE_INFINITY || (Number.isSafeInteger(budget) && (budget as number) >= 1)) {
    return { evaluations: budget as number, seconds: Number.POSITIVE_INFINITY };
  }
  const message = `Cannot ${action}: budget is ${printed(budget)}, an integer in [1, ${Number.MAX_SAFE_INTEGER}] or Infinity is wanted`;
  throw typeof budget === "number" ? new RangeError(message) : new TypeError(message);
}

/** Throws BudgetError when a request needs more than the budget; `waysOut` are asked for then alone. */
export function checkBudget(
  action: string,
  request: ExactRequest,
  budget: Budget,
  waysOut: () => readonly string[],
): void {
  if (isWithin(request, budget)) return;
  const evaluations = evaluationsOf(request);
  const seconds = secondsOf(request);
  const works = worksOf(request);
  const { rows } = request.batch;
  const dearest = dearestOf(request);
  const { layer, gates } = dearest;
  // Two numbers of which one is larger have to look so.
  const digits = rounded(evaluations) === rounded(budget.evaluations) ? String : rounded;
  const allowed =
    evaluations > budget.evaluations
      ? digits(budget.evaluations)
      : `${digits(budget.evaluations)}, and ${duration(budget.seconds)} where none is set`;
  const part = dearest.evaluationsPerRow * rows;
  const share =
    part === evaluations || 2 * part > evaluations ? ", most of them" : `, ${digits(part)} of them`;
  const what = "kind" in dearest ? `for ${optionOf[dearest.kind]}` : `by ${dearest.method}`;
  throw new BudgetError(
    `Cannot ${action}: ${gates} gates upstream of layer ${JSON.stringify(layer)} (2^${gates} subnetworks, ${rows} ${rows === 1 ? "row" : "rows"}) ` +
      `need ${evaluationsText(evaluations, digits)}${works.length > 1 ? share : ""} ${what}, the budget allows ${allowed}; ` +
      `that would take ${duration(seconds)}. Ways out: ${waysOut().join("; ")}`,
    { layer, gates, evaluations, budget: budget.evaluations, seconds },
  );
}

/** Returns whether a request needs no more than the budget. */
export function isWithin(request: ExactRequest, budget: Budget): boolean {
  return evaluationsOf(request) <= budget.evaluations && secondsOf(request) <= budget.seconds;
}

function secondsOf(request: ExactRequest): number {
  return worksOf(request).reduce((sum, work) => sum + work.secondsPerRow * request.batch.rows, 0);
}

/** Returns the evaluations of a request, over all its rows and layers, with those of its details. */
export function evaluationsOf(request: ExactRequest): number {
  return worksOf(request).reduce((sum, work) => sum + work.evaluationsPerRow * request.batch.rows, 0);
}

/** Returns the part of a request that has most evaluations. */
export function dearestOf(request: ExactRequest): BudgetedWork {
  return worksOf(request).reduce((a, b) => (b.evaluationsPerRow > a.evaluationsPerRow ? b : a));
}

function worksOf({ walks, details }: ExactRequest): BudgetedWork[] {
  return [...walks.map(({ plan }) => plan), ...details.flat()];
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
