import * as Plot from "@observablehq/plot";
import { decadesOf, preferred } from "./decades.js";
import { extremes } from "./extremes.js";
import { Figure } from "./figure.js";
import { frame } from "./frame.js";
import { Arguments, type Numbers } from "./numbers.js";
import type { Palette } from "./palette.js";
import { panel } from "./panel.js";
import { distinct, line, points, type Series } from "./series.js";

/** The error of an estimate by the number of terms it is the mean of; the lists go together value by value. */
export interface ErrorBySize {
  /** Units, samples: positive, ascending. */
  readonly size: Numbers;
  /** Positive. */
  readonly error: Numbers;
}

export interface ConvergenceOptions {
  /** Default `"Convergence"`. */
  readonly title?: string;
  /** How the numbers were made, for the line under the title. */
  readonly note?: string;
  /** Default `"random units K"`. */
  readonly sizeLabel?: string;
  /** Default `"root mean square error of the kernel"`. */
  readonly errorLabel?: string;
  /** Letter of the size in the name of the guide, `1/√K`; default `"K"`. */
  readonly sizeSymbol?: string;
  /** Pixels; default 720. */
  readonly width?: number;
}

// The guide has a look of its own.
const mostLines = 7;

type Row = { readonly estimate: string; readonly size: number; readonly error: number };

/** Slope of the line of least squares through the logarithms. */
function slope(rows: readonly Row[]): number {
  const [x, y] = [rows.map(({ size }) => Math.log(size)), rows.map(({ error }) => Math.log(error))];
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [middle, height] = [mean(x), mean(y)];
  const across = x.reduce((sum, value, index) => sum + (value - middle) * ((y[index] as number) - height), 0);
  return across / x.reduce((sum, value) => sum + (value - middle) ** 2, 0);
}

/**
 * Figure of errors against the number of random terms on logarithmic axes, beside a guide that falls as `1/√K`, as the error
 * of a mean of K independent terms does: how finite random networks approach the kernel of their Gaussian process.
 *
 * @param estimates Errors by the name of what is estimated, seven at most.
 * @throws TypeError, RangeError when lists differ in length or hold fewer than two values, one that is not positive and finite, or
 *   sizes that do not ascend.
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { convergence } from "@thinned/plot";
 *
 * const figure = convergence({ ReLU: { size: [100, 400], error: [0.1, 0.05] } });
 * assert.match(figure.description, /ReLU falls as the power -0.50/);
 * ```
 */
export function convergence(
  estimates: Readonly<Record<string, ErrorBySize>>,
  options: ConvergenceOptions = {},
): Figure {
  const check = new Arguments("convergence");
  const entries = check.named("estimates", estimates, mostLines);
  check.options(options, ["title", "note", "sizeLabel", "errorLabel", "sizeSymbol"]);
  const { title = "Convergence", note = "", sizeLabel = "random units K", width = 720 } = options;
  const { errorLabel = "root mean square error of the kernel", sizeSymbol = "K" } = options;
  const positive = [Number.MIN_VALUE, Number.MAX_VALUE] as const;
  const byName = entries.map(([estimate, given]): Row[] => {
    check.input(estimate, given);
    const name = `${estimate}.size`;
    const size = check.within(name, check.ascending(name, check.values(name, given.size)), positive);
    if (size.length < 2) throw check.refuse(`${name} has 1 value, wanted at least 2`);
    const error = check.paired(`${estimate}.error`, given.error, { name, length: size.length });
    check.within(`${estimate}.error`, error, positive);
    return size.map((value, index) => ({ estimate, size: value, error: error[index] as number }));
  });
  const rows = byName.flat();
  const sizes = rows.map(({ size }) => size);
  const [least, most] = extremes(sizes);
  // Below all lines, so that it covers none of them.
  const scale = 0.6 * extremes(rows.map(({ size, error }) => error * Math.sqrt(size)))[0];
  const guide = [least, most].map((size) => ({ size, error: scale / Math.sqrt(size) }));

  const draw = (palette: Palette) => {
    const series = distinct(
      entries.map(([name]) => name),
      palette,
      { points: true, line: true },
    );
    const falling: Series = {
      name: `1/√${sizeSymbol}`,
      colour: palette.muted,
      paper: palette.paper,
      line: "1 4",
    };
    const ticks = decadesOf([...rows, ...guide].map(({ error }) => error));
    const at = { x: "size", y: "error" } as const;
    const marks = [
      Plot.gridX(decadesOf(sizes), { stroke: palette.grid, strokeOpacity: 1 }),
      line(guide, at, falling),
      ...series.flatMap((each, index) => [
        line(byName[index] as Row[], at, each),
        points(byName[index] as Row[], at, each),
      ]),
    ];
    const y = { type: "log", label: errorLabel, ticks, tickFormat: String, nice: false, inset: 6 } as const;
    const x = {
      type: "log",
      label: sizeLabel,
      ticks: preferred(sizes),
      tickFormat: (size: number) => size.toLocaleString("en"),
      inset: 10,
    } as const;
    const svg = panel({ width, height: 380, x, y, grid: ticks, marks }, palette);
    return frame(
      { title, subtitle: note, series: [...series, falling], width, parts: [{ svg, x: 0, y: 0 }] },
      palette,
    );
  };

  const slopes = byName.map(
    (each) => `${each[0]?.estimate} falls as the power ${slope(each).toFixed(2)} of the size`,
  );
  const description = `Lines of error over size, both logarithmic, beside one that falls as the power −0.5. ${slopes.join("; ")}.`;
  return new Figure({ title, description, rows, draw });
}
