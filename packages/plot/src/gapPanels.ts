import * as Plot from "@observablehq/plot";
import { facets } from "./facets.js";
import type { Placed } from "./frame.js";
import type { Palette } from "./palette.js";
import { panel } from "./panel.js";
import { bars, line, points, type Series } from "./series.js";

/** What an approximation of the ensemble mean misses of it, at one unit and input. */
export type Gap = {
  readonly layer?: string;
  readonly mean: number;
  readonly gap: number;
  readonly standardError?: number;
  readonly estimate?: number;
};

/** Half-length of error bars in standard errors: about 95 of 100 should reach the exact value. */
export const barLength = 2;

/** A curve that depends on the mean alone. */
export interface Curve {
  readonly series: Series;
  readonly at: (mean: number) => number;
}

export interface GapPanelsOptions {
  /** One list of gaps per panel. */
  readonly layers: readonly (readonly Gap[])[];
  readonly curves: readonly Curve[];
  readonly gap: Series;
  readonly estimate?: Series;
  /** Default: the range of the points of all panels (`"shared"`), of each (`"own"`), or that which the curves reach. */
  readonly vertical: "shared" | "own" | "curves";
  readonly label: string;
  readonly width: number;
}

const means = Array.from({ length: 201 }, (_, index) => index / 200);

/** Range of all points, their bars and 0, with room at both ends. */
function rangeOf(rows: readonly Gap[]): [number, number] {
  const values = rows.flatMap(({ gap, estimate = 0, standardError = 0 }) => {
    const half = barLength * standardError;
    return [estimate, gap - half, gap + half];
  });
  const [low, high] = extent([0, ...values]);
  // Points that all lie on 0 still need an axis.
  const room = 0.12 * (high - low) || 0.001;
  return [low - room, high + room];
}

/** Not by spreading into Math.min: a layer over many inputs has more points than a call may have arguments. */
function extent(values: readonly number[]): [number, number] {
  return values.reduce(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
}

function reachOf(curves: readonly Curve[]): number {
  return extent(curves.flatMap(({ at }) => means.map((mean) => Math.abs(at(mean)))))[1];
}

/** The range of y of each panel. */
function ranges({ layers, curves, vertical }: GapPanelsOptions): [number, number][] {
  const reach = 1.08 * reachOf(curves);
  const shared = rangeOf(layers.flat());
  return layers.map((rows) => {
    if (vertical === "own") return rangeOf(rows);
    if (vertical === "shared") return shared;
    return extent([...shared, -reach, reach]);
  });
}

/** Whether a curve leaves a panel, and how far it reaches. */
export function cutCurves(options: GapPanelsOptions): string {
  const reach = reachOf(options.curves);
  const isCut = ranges(options).some(([low, high]) => low > -reach || high < reach);
  return options.curves.length > 0 && isCut
    ? `dashed curve cut at the frame: it reaches ±${reach.toFixed(2)}`
    : "";
}

/** Gaps against E, a panel per layer. */
export function gapPanels(options: GapPanelsOptions, palette: Palette): Placed[] {
  const { layers, width } = options;
  const height = layers.length === 1 ? 380 : 310;
  const domains = ranges(options);
  return facets(layers.length, { width, height }, (index, each) => {
    const rows = layers[index] as readonly Gap[];
    const [low, high] = domains[index] as [number, number];
    const within = (gap: number) => (gap >= low && gap <= high ? gap : Number.NaN);
    const drawn = options.curves.map(({ series, at }) =>
      line(
        means.map((mean) => ({ mean, gap: within(at(mean)) })),
        { x: "mean", y: "gap" },
        series,
      ),
    );
    const ends = rows.map(({ mean, gap, standardError = 0 }) => {
      return { mean, low: gap - barLength * standardError, high: gap + barLength * standardError };
    });
    const { layer } = rows[0] as Gap;
    return panel(
      {
        width: each,
        height,
        ...(layer !== undefined && { title: layer }),
        x: {
          label: "E, arithmetic mean over the subnetworks",
          domain: [0, 1],
          ...(each < 500 && { ticks: 5 }),
        },
        y: { label: options.label, domain: [low, high], nice: false, ...(each < 500 && { ticks: 7 }) },
        marks: [
          Plot.ruleY([0], { stroke: palette.muted, strokeWidth: 1 }),
          ...drawn,
          bars(ends, { x: "mean", y1: "low", y2: "high" }, options.gap),
          options.estimate ? points(rows, { x: "mean", y: "estimate" }, options.estimate) : null,
          points(rows, { x: "mean", y: "gap" }, options.gap),
        ],
      },
      palette,
    );
  });
}
