import * as Plot from "@observablehq/plot";
import { decadesOf, preferred } from "./decades.js";
import { Figure } from "./figure.js";
import { frame } from "./frame.js";
import { Arguments, type Numbers } from "./numbers.js";
import type { Palette } from "./palette.js";
import { panel } from "./panel.js";
import { line, mostSeries, points, type Series } from "./series.js";

/** The time that a method takes, by the number of gates; the lists go together value by value. */
export interface MethodCost {
  /** Positive, ascending. */
  readonly gates: Numbers;
  /** Positive. */
  readonly seconds: Numbers;
}

export interface CostByGatesOptions {
  /** Default `"Cost by number of gates"`. */
  readonly title?: string;
  /** How the numbers were made, for the line under the title: which units, on which machine. */
  readonly note?: string;
  /** Pixels; default 720. */
  readonly width?: number;
}

const height = 430;

function seriesOf({ paper, blue, vermillion, green, purple }: Palette, names: readonly string[]): Series[] {
  const colours = [blue, vermillion, green, purple];
  return names.map((name, index) => ({
    name,
    colour: colours[index % 4] as string,
    paper,
    symbol: index % 2 === 0 ? "circle" : "diamond2",
    hollow: index >= 4,
    line: index < 4 ? "solid" : "6 3",
  }));
}

type Point = { readonly method: string; readonly gates: number; readonly seconds: number };

/** A time in the unit in which it is between 1 and 1,000. */
export function duration(seconds: number): string {
  const units = [
    { name: "s", size: 1 },
    { name: "ms", size: 1e-3 },
    { name: "µs", size: 1e-6 },
    { name: "ns", size: 1e-9 },
  ];
  // A power of ten may be a rounding below itself.
  const { name, size } = units.find((unit) => seconds >= unit.size * (1 - 1e-9)) ?? {
    name: "ns",
    size: 1e-9,
  };
  return `${Number((seconds / size).toPrecision(2))} ${name}`;
}

/**
 * Figure of the time that exact methods take against the number of gates, both on logarithmic axes: a method that costs
 * `n^k` is a straight line of slope `k`, and one that costs `2^n` bends upwards.
 *
 * @throws TypeError, RangeError when there is no method, or more than eight; when lists differ in length, are empty, hold a value
 *   that is not positive and finite, or when gates do not ascend.
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { costByGates } from "@thinned/plot";
 *
 * const figure = costByGates({
 *   enumeration: { gates: [4, 8, 12], seconds: [1e-6, 1.6e-5, 2.6e-4] },
 *   formula: { gates: [4, 8, 12], seconds: [1e-6, 2e-6, 3e-6] },
 * });
 * assert.deepEqual(figure.rows[0], { method: "enumeration", gates: 4, seconds: 1e-6 });
 * ```
 */
export function costByGates(
  methods: Readonly<Record<string, MethodCost>>,
  options: CostByGatesOptions = {},
): Figure {
  const check = new Arguments("cost by gates");
  const entries = check.named("methods", methods, mostSeries);
  check.options(options, ["title", "note"]);
  const { title = "Cost by number of gates", note = "", width = 720 } = options;
  const positive = [Number.MIN_VALUE, Number.MAX_VALUE] as const;
  const rows = entries.flatMap(([method, cost]): Point[] => {
    check.input(method, cost);
    const name = `${method}.gates`;
    const gates = check.within(name, check.values(name, cost.gates), positive);
    check.ascending(name, gates);
    const seconds = `${method}.seconds`;
    const times = check.paired(seconds, cost.seconds, { name, length: gates.length });
    check.within(seconds, times, positive);
    return gates.map((value, index) => ({ method, gates: value, seconds: times[index] as number }));
  });
  const names = entries.map(([name]) => name);
  const of = (name: string) => rows.filter(({ method }) => method === name);

  const draw = (palette: Palette) => {
    const series = seriesOf(palette, names);
    const counts = rows.map(({ gates }) => gates);
    // The logarithmic axis of Plot labels no more of these than it has room for.
    const ticks = preferred(counts);
    const decades = decadesOf(rows.map(({ seconds }) => seconds));
    const marks = series.flatMap((each) => [
      line(of(each.name), { x: "gates", y: "seconds" }, each),
      points(of(each.name), { x: "gates", y: "seconds" }, each),
    ]);
    const svg = panel(
      {
        width,
        height,
        x: { type: "log", label: "gates", ticks, tickFormat: (gates: number) => `${gates}`, inset: 10 },
        y: {
          type: "log",
          label: "time for one row",
          ticks: decades,
          tickFormat: duration,
          nice: false,
          inset: 6,
        },
        grid: decades,
        marks: [Plot.gridX(ticks, { stroke: palette.grid, strokeOpacity: 1 }), ...marks],
      },
      palette,
    );
    return frame({ title, subtitle: note, series, width, parts: [{ svg, x: 0, y: 0 }] }, palette);
  };

  const last = names.map((name) => {
    const { gates, seconds } = of(name).at(-1) as Point;
    return `${name} ${duration(seconds)} for ${gates} gates`;
  });
  const description = `Lines of time over the number of gates, both logarithmic. At most: ${last.join(", ")}.`;
  return new Figure({ title, description, rows: rows.map((row) => ({ ...row })), draw });
}
