/** What is drawn of one or several values at one place. */
export interface Spread {
  readonly mean: number;
  /** First and third quartile, where there are several values. */
  readonly low?: number;
  readonly high?: number;
}

/** Quantile by linear interpolation between order statistics (Hyndman & Fan 1996, type 7). */
function quantile(values: readonly number[], probability: number): number {
  const sorted = [...values].sort((first, second) => first - second);
  const position = probability * (sorted.length - 1);
  const below = Math.floor(position);
  const low = sorted[below] as number;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] as number;
  return low + (position - below) * (high - low);
}

/** One spread per column of `values`, which are rows of `columns` values; one row has means only. */
export function spreads(values: readonly number[], columns: number): Spread[] {
  const rows = values.length / columns;
  return Array.from({ length: columns }, (_, column) => {
    const own = Array.from({ length: rows }, (_, row) => values[row * columns + column] as number);
    const mean = own.reduce((sum, value) => sum + value, 0) / rows;
    return rows === 1 ? { mean } : { mean, low: quantile(own, 0.25), high: quantile(own, 0.75) };
  });
}
