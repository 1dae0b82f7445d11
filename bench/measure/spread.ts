/** Times of repeated work, in milliseconds. */
export interface Timing {
  readonly medianMs: number;
  readonly leastMs: number;
  readonly mostMs: number;
  readonly rounds: number;
}

/** Returns the median and the range of the times. */
export function timingOf(timesMs: readonly number[]): Timing {
  return {
    medianMs: median(timesMs),
    leastMs: Math.min(...timesMs),
    mostMs: Math.max(...timesMs),
    rounds: timesMs.length,
  };
}

/** Returns the middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
  return (lower + upper) / 2;
}
