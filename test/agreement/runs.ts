// How many random cases a property runs: few on every commit, many when THINNED_FULL=1.
const environment = (globalThis as { process?: { env?: Record<string, string | undefined> } }).process?.env;

/** Whether the exhaustive counts were asked for. */
export const isFull = environment?.THINNED_FULL === "1";

/** Returns the larger number in a full run, the smaller one otherwise. */
export function runs(few: number, many: number): number {
  return isFull ? many : few;
}

/** Returns fast-check parameters: a fixed seed on every commit, so that a failure is the commit's; fresh seeds in a full run. */
export function propertyRuns(
  few: number,
  many: number,
): { numRuns: number; seed?: number; endOnFailure: boolean } {
  return { numRuns: runs(few, many), endOnFailure: false, ...(isFull ? {} : { seed: 2013 }) };
}
