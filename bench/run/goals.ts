import type { Goal } from "../cases/case.ts";
import { besideName, programName } from "../thinned/variant.ts";
import type { GoalResult, ProgramResult } from "./result.ts";

/** Returns which goals the measured programs meet; those of a variant that did not run are left out. */
export function judge(goals: readonly Goal[], programs: readonly ProgramResult[]): GoalResult[] {
  return goals.flatMap((goal) => {
    const own = programs.find(({ name }) => isAlone(name) && name.startsWith(programName(goal.variant)));
    if (own === undefined) return [];
    if ("threads" in goal) return [speedupGoal(goal, programs)];
    return ["against" in goal ? ratioGoal(goal, own) : timeGoal(goal, own)];
  });
}

/** What the name of a program ends with when there are workers. */
const WORKERS = /, \d+ (threads|calls at once)$/;

/** Whether a program is on one thread. */
function isAlone(name: string): boolean {
  return !WORKERS.test(name);
}

function ratioGoal(
  { variant, against, atLeast }: Extract<Goal, { against: string }>,
  own: ProgramResult,
): GoalResult {
  const goal = `${variant}: at least ${Number(atLeast.toPrecision(3))} × ${against}`;
  const ratios = Object.entries(own.speed?.against ?? {}).filter(([name]) => name.startsWith(against));
  // Of several programs of a peer the fastest counts.
  const least = Math.min(...ratios.map(([, ratio]) => ratio));
  if (ratios.length === 0) return { goal, state: "not compared" };
  return { goal, measured: `${least.toFixed(2)} ×`, state: least >= atLeast ? "met" : "not met" };
}

function speedupGoal(
  { variant, threads, speedup }: Extract<Goal, { threads: number }>,
  programs: readonly ProgramResult[],
): GoalResult {
  const goal = `${variant}, ${threads} threads: at least ${speedup} × one`;
  const begin = programName(variant);
  const shared = programs.find(({ name }) => name.startsWith(begin) && name.endsWith(`, ${threads} threads`));
  const alone = shared?.name.replace(WORKERS, "") ?? "";
  const measured = shared?.speed?.against[alone];
  if (measured === undefined) return { goal, state: "not compared" };
  const beside = programs.find(({ name }) => name === besideName(alone, threads).name)?.speed?.against[alone];
  const most = beside === undefined ? "" : `, ${threads} calls at once ${beside.toFixed(2)} ×`;
  return {
    goal,
    measured: `${measured.toFixed(2)} ×${most}`,
    state: measured >= speedup ? "met" : "not met",
  };
}

function timeGoal(
  { variant, atMostMs }: Extract<Goal, { atMostMs: number }>,
  own: ProgramResult,
): GoalResult {
  const goal = `${variant}: at most ${atMostMs} ms`;
  const medianMs = own.speed?.medianMs;
  if (medianMs === undefined) return { goal, state: "not compared" };
  return { goal, measured: `${medianMs.toPrecision(3)} ms`, state: medianMs <= atMostMs ? "met" : "not met" };
}
