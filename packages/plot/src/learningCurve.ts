import * as Plot from "@observablehq/plot";
import { extremes } from "./extremes.js";
import { Figure } from "./figure.js";
import { frame } from "./frame.js";
import { Arguments, type Numbers } from "./numbers.js";
import type { Palette } from "./palette.js";
import { panel } from "./panel.js";
import { distinct, line, type Series } from "./series.js";

/** How well several runs of one method did, by the number of rows that they learned from. */
export interface AccuracyByRows {
  /** Rows, or labels: ascending, at least two. */
  readonly rows: Numbers;
  /** Of each run, a list of shares in [0, 1], one for each number of rows. */
  readonly accuracies: readonly Numbers[];
}

export interface LearningCurveOptions {
  /** Default `"Accuracy by rows learned from"`. */
  readonly title?: string;
  /** How the numbers were made, for the line under the title. */
  readonly note?: string;
  /** Default `"rows learned from"`. */
  readonly rowsLabel?: string;
  /** What there is a line at: a share in [0, 1]. */
  readonly target?: number;
  /** Pixels; default 720. */
  readonly width?: number;
}

// The target has a look of its own.
const mostMethods = 7;

type Row = {
  readonly method: string;
  readonly run: number;
  readonly rows: number;
  readonly accuracy: number;
};
type Point = { readonly rows: number; readonly percent: number };

function rowsOf(check: Arguments, [method, given]: [string, AccuracyByRows]): Row[][] {
  check.input(method, given);
  const name = `${method}.rows`;
  const rows = check.ascending(name, check.values(name, given.rows));
  if (rows.length < 2) throw check.refuse(`${name} has 1 value, wanted at least 2`);
  if (!Array.isArray(given.accuracies) || given.accuracies.length === 0) {
    throw check.refuseKind(`${method}.accuracies is no list of runs, wanted one at least`);
  }
  return given.accuracies.map((run: Numbers, index: number) => {
    const own = `${method}.accuracies[${index}]`;
    const accuracy = check.within(own, check.paired(own, run, { name, length: rows.length }), [0, 1]);
    return rows.map((count, at) => ({
      method,
      run: index + 1,
      rows: count,
      accuracy: accuracy[at] as number,
    }));
  });
}

/** The mean over the runs. */
function meanOf(runs: readonly (readonly Row[])[]): Point[] {
  return (runs[0] as readonly Row[]).map(({ rows }, at) => {
    const sum = runs.reduce((total, run) => total + (run[at] as Row).accuracy, 0);
    return { rows, percent: (100 * sum) / runs.length };
  });
}

/**
 * Figure of accuracy against the number of rows learned from: a thin line for each run of a method, a thick one for their mean. It is how
 * ways of choosing what to label are compared, where runs differ as much as methods.
 *
 * @param methods Runs by the name of their method, seven at most.
 * @throws TypeError, RangeError when lists differ in length, numbers of rows do not ascend, or an accuracy is no share.
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { learningCurve } from "@thinned/plot";
 *
 * const figure = learningCurve({ random: { rows: [100, 200], accuracies: [[0.8, 0.9], [0.7, 0.9]] } }, { target: 0.95 });
 * assert.match(figure.description, /random: 75.0 % with 100, 90.0 % with 200/);
 * assert.deepEqual(figure.rows[2], { method: "random", run: 2, rows: 100, accuracy: 0.7 });
 * ```
 */
export function learningCurve(
  methods: Readonly<Record<string, AccuracyByRows>>,
  options: LearningCurveOptions = {},
): Figure {
  const check = new Arguments("a learning curve");
  const entries = check.named("methods", methods, mostMethods);
  check.options(options, ["title", "note", "rowsLabel"], ["target"]);
  const { title = "Accuracy by rows learned from", note = "", width = 720 } = options;
  const { rowsLabel = "rows learned from", target } = options;
  if (target !== undefined) check.within("target", check.values("target", [target]), [0, 1]);
  const byMethod = entries.map((entry) => rowsOf(check, entry));
  const means = byMethod.map(meanOf);
  const all = byMethod.flat(2);
  const [first, last] = extremes(all.map(({ rows }) => rows));

  const draw = (palette: Palette) => {
    const looks = distinct(
      entries.map(([name]) => name),
      palette,
      { line: true },
    );
    const aim: Series = {
      name: `${100 * (target ?? 0)} %`,
      colour: palette.muted,
      paper: palette.paper,
      line: "1 4",
    };
    const at = { x: "rows", y: "percent" } as const;
    const marks = looks.flatMap((look, index) => [
      ...(byMethod[index] as Row[][]).map((run) =>
        Plot.line(run, {
          x: "rows",
          y: (row: Row) => 100 * row.accuracy,
          stroke: look.colour,
          strokeWidth: 1,
          strokeOpacity: 0.4,
        }),
      ),
      line(means[index] as Point[], at, look),
    ]);
    const ends = [first, last].map((rows) => ({ rows, percent: 100 * (target ?? 0) }));
    const goal = target === undefined ? [] : [line(ends, at, aim)];
    const x = {
      label: rowsLabel,
      ticks: 6,
      tickFormat: (rows: number) => rows.toLocaleString("en"),
      inset: 6,
    };
    const y = { label: "accuracy (%)", ticks: 6, nice: true };
    const svg = panel({ width, height: 400, x, y, marks: [...goal, ...marks] }, palette);
    const series = target === undefined ? looks : [...looks, aim];
    return frame({ title, subtitle: note, series, width, parts: [{ svg, x: 0, y: 0 }] }, palette);
  };

  const sentences = means.map((mean, index) => {
    const said = ({ rows, percent }: Point) => `${percent.toFixed(1)} % with ${rows.toLocaleString("en")}`;
    return `${entries[index]?.[0]}: ${said(mean[0] as Point)}, ${said(mean.at(-1) as Point)}.`;
  });
  const description = `Lines of accuracy over rows learned from, one for each run and their mean. ${sentences.join(" ")}`;
  return new Figure({ title, description, rows: all, draw });
}
