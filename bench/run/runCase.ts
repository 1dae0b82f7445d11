import type { Pool } from "thinned";
import type { Case, Effort, LoadedCase } from "../cases/case.ts";
import { timeInRounds } from "../measure/rounds.ts";
import { NotCompared, type Peer } from "../peers/peer.ts";
import { ownPrograms } from "../thinned/programs.ts";
import type { BenchVariant } from "../thinned/variant.ts";
import { WrongAnswer } from "../work/answer.ts";
import { type Program, programsFor } from "../work/program.ts";
import { takesWithoutGates } from "./control.ts";
import { judge } from "./goals.ts";
import type { CaseResult, Complaint, ProgramResult } from "./result.ts";
import { speeds } from "./speeds.ts";

/** A program with what it has to do with the comparison. */
export interface Contender {
  readonly program: Program;
  readonly ours: boolean;
  readonly products: number | undefined;
}

/** How the SDK runs: on these variants, and on a pool as well if there is one. */
export interface Own {
  readonly variants: readonly BenchVariant[];
  readonly pool: Pool | undefined;
}

/** A peer that was asked for: open, or why not. */
export interface Opened {
  readonly name: string;
  readonly peer: Peer | NotCompared;
}

/** Checks the answer of every program, and for `"whole"` work times those whose answer is right, in rounds. */
export async function runCase(
  benchCase: Case,
  { variants, pool }: Own,
  peers: readonly Opened[],
  effort: Effort,
): Promise<CaseResult> {
  const { name, title, goals } = benchCase;
  const loaded = await benchCase.load(effort);
  const failures: Complaint[] = [];
  const notCompared: Complaint[] = [];
  const contenders: Contender[] = [];
  if (effort === "brief" && takesWithoutGates(loaded)) {
    failures.push({ name: "its check", reason: "it takes a network without gates for one that samples" });
  }
  for (const program of await ownPrograms(loaded.work, variants, pool)) {
    const wrong = await complaint(program, loaded);
    if (wrong === undefined) contenders.push({ program, ours: true, products: loaded.amount.products });
    else failures.push({ name: program.name, reason: wrong });
  }
  for (const opened of peers) {
    for (const found of await prepared(opened, loaded)) {
      if ("reason" in found) notCompared.push(found);
      else contenders.push({ program: found, ours: false, products: loaded.amount.products });
    }
  }
  const yardstick: Contender[] = [];
  for (const found of effort === "whole" ? await yardsticks(loaded, variants) : []) {
    if ("reason" in found) failures.push(found);
    else yardstick.push(found);
  }
  try {
    const all = [...contenders, ...yardstick];
    const programs: ProgramResult[] =
      effort === "whole"
        ? speeds(all, loaded.amount, await timeInRounds(all.map(({ program }) => program)))
        : contenders.map(({ program, ours }) => ({ name: program.name, ours }));
    return {
      name,
      title,
      programs,
      failures,
      notCompared,
      goals: effort === "whole" ? judge(goals, programs) : [],
    };
  } finally {
    for (const { program } of [...contenders, ...yardstick]) await program.close();
  }
}

/** What is wrong with a program, or undefined. */
async function complaint(program: Program, { check }: LoadedCase): Promise<string | undefined> {
  try {
    const { answer } = await program.run();
    check(answer);
    return undefined;
  } catch (error) {
    await program.close();
    if (error instanceof WrongAnswer) return `wrong answer: ${error.message}`;
    return `it failed: ${(error as Error).message}`;
  }
}

async function prepared({ name, peer }: Opened, loaded: LoadedCase): Promise<(Program | Complaint)[]> {
  if (peer instanceof NotCompared) return [{ name, reason: peer.message }];
  let programs: readonly Program[];
  try {
    programs = await programsFor(peer.programs, loaded.work);
  } catch (error) {
    return [{ name, reason: `it failed: ${(error as Error).message}` }];
  }
  if (programs.length === 0) return [{ name, reason: "no program for this work" }];
  const found: (Program | Complaint)[] = [];
  for (const program of programs) {
    const wrong = await complaint(program, loaded);
    found.push(wrong === undefined ? program : { name: program.name, reason: wrong });
  }
  return found;
}

/** The yardstick of a case, if its variant runs; its answer is checked like any other. */
async function yardsticks(
  { yardstick }: LoadedCase,
  variants: readonly BenchVariant[],
): Promise<(Contender | Complaint)[]> {
  if (yardstick === undefined || !variants.includes(yardstick.variant)) return [];
  const { name, variant, of } = yardstick;
  const loaded = await of.load("whole");
  const found: (Contender | Complaint)[] = [];
  for (const program of await ownPrograms(loaded.work, [variant], undefined)) {
    const wrong = await complaint(program, loaded);
    if (wrong !== undefined) found.push({ name, reason: wrong });
    else found.push({ program: { ...program, name }, ours: false, products: loaded.amount.products });
  }
  return found;
}
