import type { Program } from "../work/program.ts";

const LEAST_ROUNDS = 5;
const MOST_ROUNDS = 51;

/** Rounds go on until this has passed; short work gets more of them. */
const ENOUGH_MS = 4000;

/**
 * Runs the programs in turn, round by round, and returns the times of each. What else the machine does then falls on all
 * of them alike: the ratio within a round means something when the times do not.
 */
export async function timeInRounds(programs: readonly Program[]): Promise<number[][]> {
  const timesMs = programs.map((): number[] => []);
  const start = performance.now();
  for (let round = 0; round < MOST_ROUNDS; round++) {
    if (round >= LEAST_ROUNDS && performance.now() - start > ENOUGH_MS) break;
    for (const [i, program] of programs.entries()) {
      const { timeMs } = await program.run();
      timesMs[i]?.push(timeMs);
    }
  }
  return timesMs;
}
