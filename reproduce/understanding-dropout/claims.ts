// What section 6 of the paper says, and what the numbers say to it.
import { hiddenNames } from "./network.ts";
import type { Config } from "./options.ts";
import type { Course } from "./probe.ts";
import type { LayerStatistics, Statistics } from "./statistics.ts";

/** The numbers of a layer that the page prints. */
export interface LayerNumbers {
  readonly name: string;
  readonly gap: { readonly mean: number; readonly max: number };
  readonly offset: {
    readonly mean: number;
    readonly max: number;
    readonly active: number;
    readonly silent: number;
  };
  /** Mean distance of the gap from an approximation: eq. 20, and `V(1 − 2E)/(2E(1 − E))`, which small variances lead to. */
  readonly distance: { readonly secondOrder: number; readonly smallVariance: number };
  /** Shares of units whose gap is within the bounds of eq. 22, or beyond them by less than 3 standard errors. */
  readonly bounds: { readonly fromVariance: number; readonly fromMean: number; readonly loose: number };
}

/** A claim of the paper and whether it is confirmed here. */
export interface Claim {
  readonly claim: string;
  readonly measured: string;
  readonly confirmed: boolean;
}

/** An activity above this counts as active. */
const ACTIVE = 0.1;

/** The mean; 0 of nothing. */
export function average(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
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
      error: 3 * (layer.gapError[unit] as number),
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
    share(units.map((unit) => Math.abs(unit.gap) <= bound(unit) + unit.error));
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

/** Sets the claims of section 6 beside the numbers. */
export function claimsOf(
  config: Config,
  statistics: Statistics,
  course: Course,
  sparsity: readonly Sparsity[],
): Claim[] {
  const names = hiddenNames(config);
  const layers = names.map((name) => numbersOf(name, statistics.sampled[name] as LayerStatistics));
  const exact = numbersOf("", statistics.exactFirst);
  const offsets = layers.map(({ offset }) => offset.mean);
  const deviations = names.map((name) => (course.deviation[name] ?? []).map(average));
  const last = deviations.map((each) => each.at(-1) ?? 0);
  const [first = []] = deviations;
  const peak = Math.max(...first);
  const end = first.slice(-Math.max(2, Math.floor(first.length / 4)));
  const percent = (value: number) => `${(100 * value).toFixed(1)} %`;
  const list = (values: readonly number[]) => values.map((value) => value.toPrecision(2)).join(", ");
  return [
    {
      claim: "The second-order approximation (eq. 20) of E − NWGM is accurate.",
      measured: `mean distance from it as a share of mean |E − NWGM|: first layer, all subnetworks ${percent(exact.distance.secondOrder / exact.gap.mean)}; sampled ${layers.map((each) => percent(each.distance.secondOrder / each.gap.mean)).join(", ")}`,
      confirmed: [exact, ...layers].every((each) => each.distance.secondOrder < 0.25 * each.gap.mean),
    },
    {
      claim: "The bound of eq. 22 holds.",
      measured: `units within E(1 − E)|1 − 2E|/(1 − 2E(1 − E)): first layer, all subnetworks ${percent(exact.bounds.fromMean)}; sampled ${layers.map((each) => percent(each.bounds.fromMean)).join(", ")}`,
      confirmed: [exact, ...layers].every((each) => each.bounds.fromMean > 0.99),
    },
    {
      claim: "E − O* grows very slowly in the higher layers, and only for active units.",
      measured: `mean |E − O*| by layer ${list(offsets)}; of active units ${list(layers.map((each) => each.offset.active))}, of others ${list(layers.map((each) => each.offset.silent))}`,
      confirmed:
        offsets.slice(1).every((value, index) => value < 2 * (offsets[index] as number) || value < 0.01) &&
        layers.slice(1).every((each) => each.offset.silent < each.offset.active),
    },
    {
      claim: "Three phases: units begin consistent, their variance grows, and settles.",
      measured: `mean deviation in the first hidden layer: before training ${(first[0] ?? 0).toPrecision(2)}, at most ${peak.toPrecision(2)}, over the last quarter ${list([Math.min(...end), Math.max(...end)])}`,
      confirmed: (first[0] ?? 0) < peak / 2 && Math.max(...end) < 1.25 * Math.min(...end),
    },
    {
      claim: "Consistency does not decline in the higher layers.",
      measured: `mean deviation by layer after training ${list(last)}`,
      confirmed: last.slice(1).every((value) => value <= 1.1 * (last[0] as number)),
    },
    {
      claim: "Activities are sparse and not symmetric in every hidden layer.",
      measured: `share below 0.1 by layer ${sparsity.map((each) => percent(each.silent)).join(", ")}; above 0.9 ${sparsity.map((each) => percent(each.active)).join(", ")}`,
      confirmed: sparsity.every(({ silent, active }) => silent > 0.5 && active < silent / 2),
    },
  ];
}
