import * as Plot from "@observablehq/plot";
import { extremes } from "./extremes.js";
import { facets } from "./facets.js";
import { Figure } from "./figure.js";
import { frame } from "./frame.js";
import { Arguments, type Numbers } from "./numbers.js";
import type { Palette } from "./palette.js";
import { panel } from "./panel.js";
import { wholeTicks } from "./scales.js";
import { band, distinct, line, mostSeries, points, type Series } from "./series.js";

/** A mean with its spread at several epochs; the lists go together value by value. */
export interface SpreadByEpoch {
  /** Ascending; 0 is before the first step of training. */
  readonly epochs: Numbers;
  readonly mean: Numbers;
  /** Draws a band of one standard deviation to both sides. */
  readonly deviation?: Numbers;
  /**
   * Lower end of the band, such as the 5 % quantile; instead of `deviation`, and with `high`. The mean may lie beyond either: of a
   * unit that is active in one of thirty subnetworks it is above the 95 % quantile.
   */
  readonly low?: Numbers;
  /** Upper end of the band, such as the 95 % quantile. */
  readonly high?: Numbers;
}

export interface ConsistencyOptions {
  /** Default names what is drawn. */
  readonly title?: string;
  /** How the numbers were made, for the line under the title: which input, what the bands are. */
  readonly note?: string;
  /** Label of the vertical axis; the default says what is drawn. */
  readonly quantity?: string;
  /** Epochs at which the second and the third phase of learning begin: dotted rules. */
  readonly phases?: readonly number[];
  /** Pixels; default 720. */
  readonly width?: number;
}

type Row = {
  readonly series: string;
  readonly epoch: number;
  readonly mean: number;
  readonly low?: number;
  readonly high?: number;
};

function rowsOf(check: Arguments, [series, given]: [string, SpreadByEpoch]): Row[] {
  check.input(series, given);
  const name = `${series}.epochs`;
  const epochs = check.ascending(name, check.values(name, given.epochs));
  const partner = { name, length: epochs.length };
  const mean = check.paired(`${series}.mean`, given.mean, partner);
  const deviation = check.optional(`${series}.deviation`, given.deviation, partner);
  if (deviation) check.within(`${series}.deviation`, deviation, [0, Number.POSITIVE_INFINITY]);
  const low = check.optional(`${series}.low`, given.low, partner);
  const high = check.optional(`${series}.high`, given.high, partner);
  if ((low === undefined) !== (high === undefined) || (low && deviation)) {
    throw check.refuseKind(
      `${series} has ${bandOf({ low, high, deviation })}, wanted deviation, or low and high`,
    );
  }
  const crossed = low?.findIndex((end, index) => end > (high?.[index] as number)) ?? -1;
  if (crossed >= 0) {
    const ends = `${series}.low[${crossed}] is ${low?.[crossed]} and ${series}.high[${crossed}] is ${high?.[crossed]}`;
    throw check.refuse(`${ends}, wanted low <= high`);
  }
  return epochs.map((epoch, index) => {
    const value = mean[index] as number;
    const half = deviation?.[index];
    return {
      series,
      epoch,
      mean: value,
      ...(half !== undefined && { low: value - half, high: value + half }),
      ...(low && high && { low: low[index] as number, high: high[index] as number }),
    };
  });
}

function bandOf(given: Record<string, number[] | undefined>): string {
  return Object.keys(given)
    .filter((key) => given[key] !== undefined)
    .join(" and ");
}

interface Kind {
  readonly figure: string;
  readonly argument: string;
  readonly title: string;
  readonly quantity: string;
  /** Whether all series share one pair of axes, or have one each of the same ranges: bands that cover each other cannot be read. */
  readonly layout: "shared" | "facets";
}

function extent(values: readonly number[]): [number, number] {
  const [low, high] = extremes(values);
  return low < high ? [low, high] : [low, low + 1];
}

function bandsByEpoch(
  { figure, argument, layout, ...defaults }: Kind,
  record: Readonly<Record<string, SpreadByEpoch>>,
  options: ConsistencyOptions,
): Figure {
  const check = new Arguments(figure);
  const entries = check.named(argument, record, mostSeries);
  check.options(options, ["title", "note", "quantity"], ["phases"]);
  const { title = defaults.title, note = "", quantity = defaults.quantity, width = 720 } = options;
  const phases =
    options.phases && check.ascending("phases", check.values("phases", options.phases), "epochs");
  const bySeries = entries.map((entry) => rowsOf(check, entry));
  const all = bySeries.flat();
  const epochs = extent([...all.map(({ epoch }) => epoch), ...(phases ?? [])]);
  const values = extent([0, ...all.flatMap(({ mean, low = mean, high = mean }) => [mean, low, high])]);

  const draw = (palette: Palette) => {
    const series: Series[] = distinct(
      entries.map(([name]) => name),
      palette,
      { points: true, line: true },
    ).map((each, index) => ({ ...each, band: bySeries[index]?.[0]?.low !== undefined }));
    const at = { x: "epoch", y: "mean" } as const;
    const rules = phases ? Plot.ruleX(phases, { stroke: palette.muted, strokeDasharray: "2 4" }) : null;
    const axes = (which: readonly number[], size: { width: number; height: number }, heading?: string) => {
      const of = (index: number) => [bySeries[index] as Row[], series[index] as Series] as const;
      return panel(
        {
          ...size,
          ...(heading !== undefined && { title: heading }),
          x: {
            label: "epoch",
            inset: 10,
            domain: epochs,
            ticks: wholeTicks(epochs, size.width < 500 ? 6 : 10),
            tickFormat: "d",
          },
          y: { label: quantity, domain: values, ...(size.width < 500 && { ticks: 6 }) },
          marks: [
            rules,
            ...which.map(of).map(([rows, look]) => band(rows, { x: "epoch", y1: "low", y2: "high" }, look)),
            ...which.map(of).flatMap(([rows, look]) => [line(rows, at, look), points(rows, at, look)]),
          ],
        },
        palette,
      );
    };
    const isShared = layout === "shared" || series.length === 1;
    const parts = isShared
      ? [{ svg: axes([...series.keys()], { width, height: 360 }), x: 0, y: 0 }]
      : facets(series.length, { width, height: 270 }, (index, each) =>
          axes([index], { width: each, height: 270 }, entries[index]?.[0]),
        );
    const dotted = phases ? `dotted: the next phase of learning begins` : "";
    const subtitle = [note, dotted].filter((part) => part !== "").join("; ");
    // The headings of panels are a legend.
    return frame({ title, subtitle, series: isShared ? series : [], width, parts }, palette);
  };

  const sentences = bySeries.map((rows) => {
    const [first, last] = [rows[0] as Row, rows.at(-1) as Row];
    return `${first.series}: ${first.mean.toPrecision(3)} at epoch ${first.epoch}, ${last.mean.toPrecision(3)} at epoch ${last.epoch}.`;
  });
  const description = `Lines with bands over epochs: ${quantity}. ${sentences.join(" ")}`;
  return new Figure({ title, description, rows: all, draw });
}

/**
 * Figure of the activity of typical units for one input while a network learns, mean and spread over its subnetworks: figure 2a of
 * Baldi & Sadowski 2013.
 *
 * @param units By name, eight at most.
 * @throws TypeError, RangeError when lists differ in length, are empty or hold a value that is not finite; when epochs do not
 *   ascend, a deviation is negative, or the low end of a band is above its high end; when a band is given both as `deviation` and as `low` and `high`, or by one of these.
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { consistencyOverTime } from "@thinned/plot";
 *
 * const active = { epochs: [0, 1, 2], mean: [0.5, 0.7, 0.9], deviation: [0.01, 0.25, 0.125] };
 * const figure = consistencyOverTime({ active });
 * assert.deepEqual(figure.rows[2], { series: "active", epoch: 2, mean: 0.9, low: 0.775, high: 1.025 });
 * ```
 */
export function consistencyOverTime(
  units: Readonly<Record<string, SpreadByEpoch>>,
  options: ConsistencyOptions = {},
): Figure {
  const kind = {
    figure: "consistency over time",
    argument: "units",
    title: "Activity of typical units during training",
    quantity: "activity over the subnetworks",
    layout: "shared" as const,
  };
  return bandsByEpoch(kind, units, options);
}

/**
 * Figure of the standard deviation of activities over subnetworks, mean and spread over the units of each layer, while a network
 * learns: figure 2b of Baldi & Sadowski 2013. Small is consistent.
 *
 * @param layers By name, eight at most.
 * @throws TypeError, RangeError as `consistencyOverTime` does.
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { consistencyByLayer } from "@thinned/plot";
 *
 * const h1 = { epochs: [0, 1], mean: [0.01, 0.2], low: [0, 0.05], high: [0.02, 0.4] };
 * assert.match(consistencyByLayer({ h1 }).description, /h1: 0.0100 at epoch 0, 0.200 at epoch 1/);
 * ```
 */
export function consistencyByLayer(
  layers: Readonly<Record<string, SpreadByEpoch>>,
  options: ConsistencyOptions = {},
): Figure {
  const kind = {
    figure: "consistency by layer",
    argument: "layers",
    title: "Consistency by layer during training",
    quantity: "standard deviation over the subnetworks",
    layout: "facets" as const,
  };
  return bandsByEpoch(kind, layers, options);
}
