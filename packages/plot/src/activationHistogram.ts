import * as Plot from "@observablehq/plot";
import { extremes } from "./extremes.js";
import { facets } from "./facets.js";
import { Figure } from "./figure.js";
import { frame } from "./frame.js";
import { mostLayers } from "./layers.js";
import { Arguments, type Numbers } from "./numbers.js";
import type { Palette } from "./palette.js";
import { panel } from "./panel.js";
import { tickFormatOf } from "./scales.js";

export interface ActivationHistogramOptions {
  /** Default `"Distribution of activities"`. */
  readonly title?: string;
  /** How the numbers were made, for the line under the title: which inputs, how many. */
  readonly note?: string;
  /** What the values are; default `"activity O*"`. */
  readonly quantity?: string;
  /** Number of bins of equal width; default 20. */
  readonly bins?: number;
  /** Least and greatest value; default 0 and 1, those of logistic units. */
  readonly range?: readonly [number, number];
  /** Axis of the shares; `"log"` shows rare activities beside a peak, default `"linear"`. */
  readonly scale?: "linear" | "log";
  /** Pixels; default 720. */
  readonly width?: number;
}

type Row = {
  readonly layer: string;
  readonly low: number;
  readonly high: number;
  readonly count: number;
  readonly share: number;
};

/** Counts of equal bins; the last one includes its upper border. */
function binned(
  layer: string,
  values: readonly number[],
  bins: number,
  [low, high]: [number, number],
): Row[] {
  const counts = new Array<number>(bins).fill(0);
  for (const value of values) {
    const index = Math.min(Math.floor(((value - low) / (high - low)) * bins), bins - 1);
    counts[index] = (counts[index] as number) + 1;
  }
  const border = (index: number) => low + ((high - low) * index) / bins;
  return counts.map((count, index) => {
    return { layer, low: border(index), high: border(index + 1), count, share: count / values.length };
  });
}

/**
 * Figure of the distribution of activities in each layer: figure 3 of Baldi & Sadowski 2013, where dropout makes it sparse.
 *
 * @param layers Activities by the name of their layer, eight layers at most.
 * @throws TypeError, RangeError when a list is empty, or holds a value that is not finite or leaves the range; when `bins` is not an
 *   integer in [2, 200].
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { activationHistogram } from "@thinned/plot";
 *
 * const figure = activationHistogram({ h1: [0, 0.02, 0.04, 0.9] }, { bins: 10 });
 * assert.deepEqual(figure.rows[0], { layer: "h1", low: 0, high: 0.1, count: 3, share: 0.75 });
 * ```
 */
export function activationHistogram(
  layers: Readonly<Record<string, Numbers>>,
  options: ActivationHistogramOptions = {},
): Figure {
  const check = new Arguments("a histogram of activities");
  const entries = check.named("layers", layers as Readonly<Record<string, object>>, mostLayers);
  check.options(options, ["title", "note", "quantity"], ["bins", "range", "scale"]);
  const { title = "Distribution of activities", note = "", quantity = "activity O*", width = 720 } = options;
  const { bins = 20, scale = "linear" } = options;
  if (!(Number.isInteger(bins) && bins >= 2 && bins <= 200)) {
    throw check.refuse(`bins is ${bins}, wanted an integer in [2, 200]`);
  }
  if (scale !== "linear" && scale !== "log") {
    throw check.refuse(`scale is ${JSON.stringify(scale)}, wanted "linear" or "log"`);
  }
  const range = check.interval("range", options.range ?? [0, 1]);
  if (!Number.isFinite((range[1] - range[0]) * bins)) {
    throw check.refuse(`range is [${range.join(", ")}], wanted ends whose distance can be divided into bins`);
  }
  const byLayer = entries.map(([layer, numbers]) => {
    return binned(layer, check.within(layer, check.values(layer, numbers as Numbers), range), bins, range);
  });
  const rows = byLayer.flat();
  const shares = rows.map(({ share }) => 100 * share).filter((share) => share > 0);
  // The least bar has a height: a logarithmic axis begins at half of it or below.
  const [least, greatest] = extremes(shares);
  const floor = 10 ** Math.floor(Math.log10(least / 2));
  const powers = Array.from({ length: 12 }, (_, index) => floor * 10 ** index).filter(
    (power) => power <= 100.1,
  );

  const draw = (palette: Palette) => {
    const height = entries.length === 1 ? 340 : 250;
    const y =
      scale === "log"
        ? {
            type: "log" as const,
            domain: [floor, 100],
            ticks: powers,
            tickFormat: (power: number) => `${+power.toPrecision(1)}`,
          }
        : { domain: [0, greatest] };
    const parts = facets(entries.length, { width, height }, (index, each) => {
      const shown = (byLayer[index] as Row[])
        .filter(({ count }) => count > 0)
        .map((row) => ({ ...row, base: scale === "log" ? floor : 0, share: 100 * row.share }));
      const bar = {
        x1: "low",
        x2: "high",
        y1: "base",
        y2: "share",
        insetLeft: 0.5,
        insetRight: 0.5,
      } as const;
      return panel(
        {
          width: each,
          height,
          ...(entries.length > 1 && { title: entries[index]?.[0] as string }),
          x: {
            label: quantity,
            domain: range,
            nice: false,
            ticks: each < 500 ? 5 : 10,
            ...tickFormatOf(range),
          },
          y: { label: "share of activities (%)", ...y },
          ...(scale === "log" && { grid: powers }),
          marks: [Plot.rect(shown, { ...bar, fill: palette.blue })],
        },
        palette,
      );
    });
    return frame({ title, subtitle: note, series: [], width, parts }, palette);
  };

  const sentences = byLayer.map((own) => {
    const [first, last] = [own[0] as Row, own.at(-1) as Row];
    const percent = (row: Row) =>
      `${(100 * row.share).toPrecision(3)} % in [${row.low}, ${+row.high.toPrecision(12)}]`;
    return `${first.layer}: ${percent(first)}, ${percent(last)}.`;
  });
  const description = `Histograms of the ${quantity} in ${bins} bins. ${sentences.join(" ")}`;
  return new Figure({ title, description, rows, draw });
}
