// What the units of one layer do for one input, in a few numbers.
import { ACTIVE } from "./activeUnits.ts";
import type { LayerStatistics } from "./statistics.ts";

/** The numbers of a layer that the page prints. */
export interface LayerNumbers {
  readonly name: string;
  readonly gap: { readonly mean: number; readonly max: number };
  /** Of |E − O*|; of the active units and of the others, NaN where there is none. */
  readonly offset: {
    readonly mean: number;
    readonly max: number;
    readonly active: number;
    readonly silent: number;
  };
  /** Mean distance of the gap from an approximation: eq. 20, and `V(1 − 2E)/(2E(1 − E))`, which small variances lead to. */
  readonly distance: { readonly secondOrder: number; readonly smallVariance: number };
  /** Shares of units whose gap is within the bounds of eq. 22. */
  readonly bounds: { readonly fromVariance: number; readonly fromMean: number; readonly loose: number };
}

/** The mean; NaN of nothing. */
export function average(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
}

const share = (values: readonly boolean[]) => average(values.map(Number));

/** Summarises the units of a layer. */
export function numbersOf(name: string, layer: LayerStatistics): LayerNumbers {
  const units = Array.from(layer.mean, (e, unit) => {
    const v = layer.variance[unit] as number;
    return {
      e,
      gap: e - (layer.nwgm[unit] as number),
      offset: Math.abs(e - (layer.deterministic[unit] as number)),
      estimate: (v * (1 - 2 * e)) / (1 - 2 * v),
      // σ(S) about the mean of S to second order: E = NWGM + ½σ''·Var S and V = σ'²·Var S.
      smallVariance: (v * (1 - 2 * e)) / (2 * e * (1 - e)),
      fromMean: Math.abs((e * (1 - e) * (1 - 2 * e)) / (1 - 2 * e * (1 - e))),
      loose: Math.abs(2 * e * (1 - e) * (1 - 2 * e)),
    };
  });
  const gaps = units.map(({ gap }) => Math.abs(gap));
  const offsets = (isActive: boolean) =>
    units.filter(({ e }) => e > ACTIVE === isActive).map(({ offset }) => offset);
  const within = (bound: (unit: (typeof units)[number]) => number) =>
    share(units.map((unit) => Math.abs(unit.gap) <= bound(unit)));
  return {
    name,
    gap: { mean: average(gaps), max: Math.max(...gaps) },
    offset: {
      mean: average(units.map(({ offset }) => offset)),
      max: Math.max(...units.map(({ offset }) => offset)),
      active: average(offsets(true)),
      silent: average(offsets(false)),
    },
    distance: {
      secondOrder: average(units.map(({ gap, estimate }) => Math.abs(gap - estimate))),
      smallVariance: average(units.map(({ gap, smallVariance }) => Math.abs(gap - smallVariance))),
    },
    bounds: {
      fromVariance: within(({ estimate }) => Math.abs(estimate)),
      fromMean: within(({ fromMean }) => fromMean),
      loose: within(({ loose }) => loose),
    },
  };
}

/** Shares of silent and of active units among the activities of a layer. */
export interface Sparsity {
  readonly name: string;
  readonly silent: number;
  readonly active: number;
}

/** Shares of activities below 0.1 and above 0.9. */
export function sparsityOf(name: string, activities: ArrayLike<number>): Sparsity {
  const values = Array.from(activities);
  return {
    name,
    silent: share(values.map((value) => value < ACTIVE)),
    active: share(values.map((value) => value > 1 - ACTIVE)),
  };
}
