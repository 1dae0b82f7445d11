import type { Program } from "../work/program.ts";
import { median } from "./spread.ts";

const LEAST_ROUNDS = 5;
const MOST_ROUNDS = 51;

/** Rounds go on until this has passed; short work gets more of them. */
const ENOUGH_MS = 20_000;

/** What a turn takes at least, so that short work is measured as a user who does it often has it: compiled, and in the caches. */
const TURN_MS = 200;

/**
 * Runs the programs in turn, round by round, and returns the times of each. What else the machine does then falls on all
 * of them alike: the ratio within a round means something when the times do not.
 */
export async function timeInRounds(programs: readonly Program[]): Promise<number[][]> {
  const timesMs = programs.map((): number[] => []);
  const start = performance.now();
  for (let round = 0; round < MOST_ROUNDS; round++) {
    if (round >= LEAST_ROUNDS && performance.now() - start > ENOUGH_MS) break;
    for (const [i, program] of programs.entries()) timesMs[i]?.push(await turn(program));
  }
  return timesMs;
}

/** Runs the program as often as a turn has time for, at least once, and returns the median of the times. */
async function turn(program: Program): Promise<number> {
  const timesMs: number[] = [];
  const start = performance.now();
  do {
    const { timeMs } = await program.run();
    timesMs.push(timeMs);
  } while (performance.now() - start < TURN_MS);
  return median(timesMs);
}
