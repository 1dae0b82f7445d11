import { extremes } from "./extremes.js";

/** The least and the greatest of the values, with room around a single one: an axis of no length has no places. */
export function domainOf(values: readonly number[]): [number, number] {
  const [low, high] = extremes(values);
  if (low < high) return [low, high];
  const room = Math.abs(low) / 10 || 0.001;
  return [low - room, high + room];
}

/** How the ticks of an axis over `domain` are written, where digits alone would be too many; else Plot's own. */
export function tickFormatOf([low, high]: readonly [number, number]): {
  tickFormat?: (tick: number) => string;
} {
  const greatest = Math.max(Math.abs(low), Math.abs(high));
  if (greatest < 1e7 && greatest >= 1e-5) return {};
  return {
    tickFormat: (tick) => (tick === 0 ? "0" : (+tick.toPrecision(4)).toExponential().replace("e+", "e")),
  };
}

/** An axis that reaches from the values to 0; to 1 where all are 0. */
export function axisFromZero(values: readonly number[]): {
  readonly domain: [number, number];
  readonly nice: true;
  readonly tickFormat?: (tick: number) => string;
} {
  const [low, high] = extremes([...values, 0]);
  const domain: [number, number] = low < high ? [low, high] : [0, 1];
  return { domain, nice: true, ...tickFormatOf(domain) };
}

/** Whole numbers within `domain`, in equal steps of 1, 2 or 5 times a power of ten, about `most` at most. */
export function wholeTicks([low, high]: readonly [number, number], most: number): number[] {
  const least = (high - low) / most;
  const power = 10 ** Math.max(0, Math.floor(Math.log10(least)));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= least) ?? 10 * power;
  const first = Math.ceil(low / step);
  const count = Math.floor(high / step) - first + 1;
  return Array.from({ length: count }, (_, index) => (first + index) * step);
}
