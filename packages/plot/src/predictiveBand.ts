import * as Plot from "@observablehq/plot";
import { extremes } from "./extremes.js";
import { facets } from "./facets.js";
import { Figure } from "./figure.js";
import { frame } from "./frame.js";
import { Arguments, type Numbers } from "./numbers.js";
import type { Palette } from "./palette.js";
import { panel } from "./panel.js";
import { band, distinct, line, mostSeries, points, type Series } from "./series.js";

/** The prediction of one model along one input; the lists go together value by value. */
export interface Prediction {
  /** Ascending. */
  readonly x: Numbers;
  readonly mean: Numbers;
  /** Standard deviation of the prediction, `√(V + 1/τ)`; without it the model is a line without a band. */
  readonly deviation?: Numbers;
}

export interface PredictiveBandOptions {
  /** Default `"Prediction and its uncertainty"`. */
  readonly title?: string;
  /** How the numbers were made, for the line under the title. */
  readonly note?: string;
  /** Observations, drawn as points. */
  readonly data?: { readonly x: Numbers; readonly y: Numbers };
  /** First and last input that models were trained on: a shaded region. */
  readonly trained?: readonly [number, number];
  /** With its unit; default `"x"`. */
  readonly xLabel?: string;
  /** With its unit; default `"y"`. */
  readonly yLabel?: string;
  /** Half-widths of the bands in standard deviations; default 1 and 2. */
  readonly deviations?: readonly number[];
  /** Whether models share one pair of axes (`"series"`, the default) or have one each (`"facets"`). */
  readonly layout?: "series" | "facets";
  /** Least and greatest y; bands that go beyond are cut. Default: all of them. */
  readonly range?: readonly [number, number];
  /** Pixels; default 720. */
  readonly width?: number;
}

const panelHeight = { series: 400, facets: 300 };

type Row = { readonly model: string; readonly x: number; readonly mean: number; readonly deviation?: number };
type Edge = { readonly x: number; readonly low: number; readonly high: number };

const texts = ["title", "note", "xLabel", "yLabel"];
const others = ["data", "trained", "deviations", "layout", "range"];

function rowsOf(check: Arguments, [model, given]: [string, Prediction]): Row[] {
  check.input(model, given);
  const name = `${model}.x`;
  const x = check.ascending(name, check.values(name, given.x));
  const partner = { name, length: x.length };
  const mean = check.paired(`${model}.mean`, given.mean, partner);
  const deviation = check.optional(`${model}.deviation`, given.deviation, partner);
  if (deviation) check.within(`${model}.deviation`, deviation, [0, Number.POSITIVE_INFINITY]);
  return x.map((value, index) => ({
    model,
    x: value,
    mean: mean[index] as number,
    ...(deviation && { deviation: deviation[index] as number }),
  }));
}

function describe(models: readonly (readonly Row[])[]): string {
  const sentences = models.map((rows) => {
    const [first, last] = [rows[0] as Row, rows.at(-1) as Row];
    const at = ({ x, mean, deviation }: Row) =>
      `${mean.toPrecision(3)}${deviation === undefined ? "" : ` ± ${deviation.toPrecision(3)}`} at ${x.toPrecision(3)}`;
    return `${first.model}: ${at(first)}, ${at(last)}.`;
  });
  return `Lines of predictive means with bands of standard deviations. ${sentences.join(" ")}`;
}

/**
 * Figure of predictive means with bands of standard deviations along one input, for one model or several, with the
 * observations and the region that the models were trained on.
 *
 * @param models Predictions by the name of their model, eight at most.
 * @throws TypeError, RangeError when lists differ in length, are empty or hold a value that is not finite; when x does not
 *   ascend, or a deviation is negative.
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { predictiveBand } from "@thinned/plot";
 *
 * const figure = predictiveBand(
 *   { ReLU: { x: [0, 1, 2], mean: [0, 1, 3], deviation: [0.1, 0.1, 0.8] } },
 *   { data: { x: [0, 1], y: [0.1, 0.9] }, trained: [0, 1] },
 * );
 * assert.deepEqual(figure.rows[2], { model: "ReLU", x: 2, mean: 3, deviation: 0.8 });
 * ```
 */
export function predictiveBand(
  models: Readonly<Record<string, Prediction>>,
  options: PredictiveBandOptions = {},
): Figure {
  const check = new Arguments("a predictive band");
  const entries = check.named("models", models, mostSeries);
  check.options(options, texts, others);
  const {
    title = "Prediction and its uncertainty",
    note = "",
    xLabel = "x",
    yLabel = "y",
    width = 720,
  } = options;
  const { deviations = [1, 2], layout = "series" } = options;
  if (layout !== "series" && layout !== "facets") {
    throw check.refuse(`layout is ${JSON.stringify(layout)}, wanted "series" or "facets"`);
  }
  const widths = check.values("deviations", deviations);
  check.within("deviations", widths, [0, Number.POSITIVE_INFINITY]);
  const trained = options.trained && check.interval("trained", options.trained);
  const range = options.range && check.interval("range", options.range);
  const byModel = entries.map((entry) => rowsOf(check, entry));
  const observed = options.data && observations(check, options.data);

  const all = byModel.flat();
  const x = extent([
    ...all.map((row) => row.x),
    ...(observed ?? []).map((point) => point.x),
    ...(trained ?? []),
  ]);
  const y =
    range ?? extent([...all.flatMap(reach(Math.max(...widths))), ...(observed ?? []).map((p) => p.y)]);

  const draw = (palette: Palette) => {
    const series = distinct(
      entries.map(([name]) => name),
      palette,
      { line: true, band: true },
    ).map((each, index) => ({ ...each, band: byModel[index]?.[0]?.deviation !== undefined }));
    const dots: Series = {
      name: "observations",
      colour: palette.ink,
      paper: palette.paper,
      symbol: "circle",
    };
    const data = (observed ?? []).filter((point) => point.y >= y[0] && point.y <= y[1]);
    const axes = (which: readonly number[], size: { width: number; height: number }, heading?: string) => {
      const marks = which.flatMap((index) => {
        const [rows, look] = [byModel[index] as Row[], series[index] as Series];
        const areas = widths.map((count) =>
          band(edges(rows, count, y), { x: "x", y1: "low", y2: "high" }, look),
        );
        return [...areas, line(inside(rows, y), { x: "x", y: "mean" }, look)];
      });
      return panel(
        {
          ...size,
          ...(heading !== undefined && { title: heading }),
          x: { label: xLabel, domain: x, ticks: size.width > 500 ? 8 : 5, tickFormat: plainNumber },
          y: { label: yLabel, domain: y, nice: range === undefined },
          marks: [
            trained ? region(trained, palette) : null,
            ...marks,
            points(data, { x: "x", y: "y" }, dots),
          ],
        },
        palette,
      );
    };
    const height = panelHeight[layout];
    const parts =
      layout === "series"
        ? [{ svg: axes([...series.keys()], { width, height }), x: 0, y: 0 }]
        : facets(series.length, { width, height }, (index, each) =>
            axes([index], { width: each, height }, entries[index]?.[0]),
          );
    const isOutside = (value: number) => value < y[0] || value > y[1];
    const cut = all.flatMap(reach(Math.max(...widths))).some(isOutside) ? "cut at the frame" : "";
    const bands = series.some((each) => each.band) ? `bands: ± ${widths.join(", ")} standard deviations` : "";
    const shade = trained ? "shaded: training inputs" : "";
    const subtitle = [note, [bands, cut].filter(isText).join(", "), shade].filter(isText).join("; ");
    const key = observed ? [...series, dots] : series;
    return frame({ title, subtitle, series: key, width, parts }, palette);
  };

  return new Figure({ title, description: describe(byModel), rows: all, draw });
}

function isText(part: string): boolean {
  return part !== "";
}

function plainNumber(value: number): string {
  return `${value}`.replace("-", "−");
}

function observations(check: Arguments, data: { readonly x: Numbers; readonly y: Numbers }) {
  check.input("data", data);
  const x = check.values("data.x", data.x);
  const y = check.paired("data.y", data.y, { name: "data.x", length: x.length });
  return x.map((value, index) => ({ x: value, y: y[index] as number }));
}

function extent(values: readonly number[]): [number, number] {
  const [low, high] = extremes(values);
  return low < high ? [low, high] : [low - 1, high + 1];
}

/** Both edges of the widest band. */
function reach(count: number): (row: Row) => [number, number] {
  return ({ mean, deviation = 0 }) => [mean - count * deviation, mean + count * deviation];
}

/** The band of `count` deviations, as far as it lies within the axes. */
function edges(rows: readonly Row[], count: number, [least, most]: readonly [number, number]): Edge[] {
  return rows.map((row) => {
    const [low, high] = reach(count)(row).map((end) => Math.min(Math.max(end, least), most)) as [
      number,
      number,
    ];
    return { x: row.x, low, high };
  });
}

/** The line breaks off where it leaves the axes. */
function inside(rows: readonly Row[], [least, most]: readonly [number, number]): Row[] {
  return rows.map((row) => (row.mean < least || row.mean > most ? { ...row, mean: Number.NaN } : row));
}

function region([start, end]: readonly [number, number], { grid }: Palette): Plot.Markish {
  return Plot.rectX([{ start, end }], { x1: "start", x2: "end", fill: grid, fillOpacity: 0.45 });
}
