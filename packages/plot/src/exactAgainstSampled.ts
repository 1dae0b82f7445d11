import * as Plot from "@observablehq/plot";
import { extremes } from "./extremes.js";
import { Figure } from "./figure.js";
import { frame } from "./frame.js";
import { Arguments, type Numbers } from "./numbers.js";
import type { Palette } from "./palette.js";
import { panel } from "./panel.js";
import { domainOf, tickFormatOf } from "./scales.js";
import { bars, points, type Series } from "./series.js";

/**
 * Ensemble means of the same units and inputs, computed in two ways; the lists go together value by value.
 */
export interface ExactAndSampled {
  /** E over all subnetworks. */
  readonly exact: Numbers;
  /** Mean over sampled subnetworks. */
  readonly sampled: Numbers;
  /** Standard error of `sampled`, `√(V/T)`. */
  readonly standardError: Numbers;
  /** Activity of the weight-scaled network, O*: what a single deterministic pass gives. */
  readonly deterministic?: Numbers;
}

export interface ExactAgainstSampledOptions {
  /** Default `"Exact against sampled"`. */
  readonly title?: string;
  /**
   * How the numbers were made, for the line under the title: how many subnetworks there are and were sampled.
   */
  readonly note?: string;
  /** What the values are; default `"activity"`. They have no unit unless it is named here. */
  readonly quantity?: string;
  /** Pixels; default 720. */
  readonly width?: number;
}

// Error bars of two standard errors: about 95 of 100 should reach the exact value.
const barLength = 2;
const height = 350;

function seriesOf({ paper, blue, vermillion }: Palette): Record<"sampled" | "deterministic", Series> {
  return {
    sampled: {
      name: `sampled ± ${barLength} standard errors`,
      colour: blue,
      paper,
      symbol: "circle",
      bars: true,
    },
    deterministic: { name: "weight-scaled O*", colour: vermillion, paper, symbol: "diamond2", hollow: true },
  };
}

type Unit = {
  readonly exact: number;
  readonly sampled: number;
  readonly standardError: number;
  readonly deterministic?: number;
};

/** Heights of the marks of one unit. */
interface Placed {
  readonly exact: number;
  readonly sampled: number;
  readonly low: number;
  readonly high: number;
  readonly deterministic: number;
}

/** Heights less `share` of the exact value: 0 for the values themselves, 1 for their differences from it. */
function place(units: readonly Unit[], share: 0 | 1): Placed[] {
  return units.map(({ exact, sampled, standardError, deterministic = Number.NaN }) => {
    const [base, half] = [share * exact, barLength * standardError];
    const middle = sampled - base;
    return {
      exact,
      sampled: middle,
      low: middle - half,
      high: middle + half,
      deterministic: deterministic - base,
    };
  });
}

/**
 * Figure of sampled ensemble means with error bars against the exact ones: the values themselves beside the
 * diagonal, and their difference from the exact value, where the bars can be read.
 *
 * @throws TypeError, RangeError when lists differ in length, are empty or hold a value that is not finite, or
 *   a standard error is negative, or a difference or the end of a bar is beyond the largest number.
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { exactAgainstSampled } from "@thinned/plot";
 *
 * const means = { exact: [0.2, 0.7], sampled: [0.22, 0.69], standardError: [0.01, 0.02] };
 * const figure = exactAgainstSampled(means);
 * assert.match(figure.description, /2 of 2 bars reach the exact value/);
 * ```
 */
export function exactAgainstSampled(
  input: ExactAndSampled,
  options: ExactAgainstSampledOptions = {},
): Figure {
  const check = new Arguments("exact against sampled");
  check.input("the argument for means", input);
  check.options(options, ["title", "note", "quantity"]);
  const { title = "Exact against sampled", note = "", quantity = "activity", width = 720 } = options;
  const exact = check.values("exact", input.exact);
  const count = exact.length;
  const partner = { name: "exact", length: count };
  const sampled = check.paired("sampled", input.sampled, partner);
  const errors = check.paired("standardError", input.standardError, partner);
  check.within("standardError", errors, [0, Number.POSITIVE_INFINITY]);
  const deterministic = check.optional("deterministic", input.deterministic, partner);
  const rows: Unit[] = exact.map((value, index) => ({
    exact: value,
    sampled: sampled[index] as number,
    standardError: errors[index] as number,
    ...(deterministic && { deterministic: deterministic[index] as number }),
  }));

  const heights = [0, 1].flatMap((share) =>
    place(rows, share as 0 | 1).flatMap(({ low, high }) => [low, high]),
  );
  const beyond = heights.findIndex((height) => !Number.isFinite(height));
  if (beyond >= 0) {
    const index = Math.floor(beyond / 2) % count;
    const state = `sampled[${index}] is ${sampled[index]} with standard error ${errors[index]}`;
    throw check.refuse(`${state} at exact ${exact[index]}, wanted differences that are finite numbers`);
  }

  const draw = (palette: Palette) => {
    const looks = seriesOf(palette);
    const reference = { stroke: palette.muted, strokeWidth: 1 };
    const all = rows.flatMap((row) => [row.exact, row.sampled]);
    const ends = domainOf(all);
    const diagonal = Plot.line(ends, { x: (end: number) => end, y: (end: number) => end, ...reference });
    const side = (
      label: string,
      placed: readonly Placed[],
      {
        guide,
        guided,
        across,
      }: {
        readonly guide: Plot.Markish;
        readonly guided: readonly number[];
        readonly across: readonly number[];
      },
    ) => {
      const domain = domainOf(across);
      const heights = placed.flatMap(({ low, high, deterministic: scaled }) => [low, high, scaled]);
      const reach = domainOf([...heights.filter((value) => !Number.isNaN(value)), ...guided]);
      const x = {
        label: `exact mean E of the ${quantity}`,
        ticks: 5,
        nice: true,
        inset: 6,
        domain,
        ...tickFormatOf(domain),
      };
      const y = { label, domain: reach, ...tickFormatOf(reach) };
      const marks = [
        guide,
        bars(placed, { x: "exact", y1: "low", y2: "high" }, looks.sampled),
        points(placed, { x: "exact", y: "sampled" }, looks.sampled),
        deterministic ? points(placed, { x: "exact", y: "deterministic" }, looks.deterministic) : null,
      ];
      return panel({ width: width / 2, height, x, y, marks }, palette);
    };
    const values = side(`${quantity}, ensemble mean`, place(rows, 0), {
      guide: diagonal,
      guided: ends,
      across: all,
    });
    const differences = side("difference from E", place(rows, 1), {
      guide: Plot.ruleY([0], reference),
      guided: [0],
      across: exact,
    });
    const parts = [
      { svg: values, x: 0, y: 0 },
      { svg: differences, x: width / 2, y: 0 },
    ];
    const series = deterministic ? [looks.sampled, looks.deterministic] : [looks.sampled];
    return frame({ title, subtitle: note, series, width, parts }, palette);
  };

  const reached = rows.filter(
    (row) => Math.abs(row.sampled - row.exact) <= barLength * row.standardError,
  ).length;
  const [, furthest] = extremes(rows.map((row) => Math.abs(row.sampled - row.exact)));
  const description =
    `Sampled means of the ${quantity} against exact ones, and their differences. ` +
    `${reached} of ${count} bars reach the exact value; ` +
    `the largest difference is ${furthest.toPrecision(3)}.`;
  return new Figure({ title, description, rows, draw });
}
