import * as Plot from "@observablehq/plot";
import type { Palette } from "./palette.js";

/** How one series looks, in panels and legend alike. Shape and dash tell series apart without colour. */
export interface Series {
  readonly name: string;
  readonly colour: string;
  /** Colour behind it: rings solid points and fills hollow ones, so that no line shows through. */
  readonly paper: string;
  /** Shape of its points; none without it. */
  readonly symbol?: "circle" | "diamond2";
  /** Points are outlines instead of solid. */
  readonly hollow?: boolean;
  /** A line joins its points: `"solid"`, or lengths of dash and gap. */
  readonly line?: string;
  /** Points carry error bars. */
  readonly bars?: boolean;
  /** A transparent band surrounds its line. */
  readonly band?: boolean;
}

/** What `distinct` can tell apart: four colours in two forms. */
export const mostSeries = 8;

const dashes = ["solid", "8 3", "2 3", "9 3 2 3"];

/** Looks for `names`: colours, and a dash of its own for each of the first four lines; later ones come in outlines and other dashes. */
export function distinct(
  names: readonly string[],
  { paper, blue, vermillion, green, purple }: Palette,
  marks: {
    readonly points?: boolean;
    readonly line?: boolean;
    readonly band?: boolean;
    readonly bars?: boolean;
  },
): Series[] {
  const colours = [blue, vermillion, green, purple];
  return names.map((name, index) => ({
    name,
    colour: colours[index % 4] as string,
    paper,
    ...(marks.points && { symbol: index % 2 === 0 ? "circle" : "diamond2", hollow: index >= 4 }),
    ...(marks.line && { line: dashes[(index + Math.floor(index / 4)) % 4] as string }),
    ...(marks.band && { band: true }),
    ...(marks.bars && { bars: true }),
  }));
}

type Field<T> = keyof T & string;

/** Radius of points in pixels: smaller where many would cover each other. */
function radius(count: number): number {
  if (count > 600) return 1.8;
  return count > 150 ? 2.4 : 3.5;
}

/** The points of a series at two fields of `data`. */
export function points<T>(data: readonly T[], at: { x: Field<T>; y: Field<T> }, series: Series) {
  const { colour, paper, symbol, hollow } = series;
  if (symbol === undefined) return null;
  const [fill, stroke, strokeWidth] = hollow ? [paper, colour, 1.5] : [colour, paper, 0.75];
  return Plot.dot(data as T[], { ...at, r: radius(data.length), symbol, fill, stroke, strokeWidth });
}

/** The line of a series through `data` in the given order. */
export function line<T>(data: readonly T[], at: { x: Field<T>; y: Field<T> }, series: Series) {
  if (series.line === undefined) return null;
  const dash = series.line === "solid" ? {} : { strokeDasharray: series.line };
  return Plot.line(data as T[], { ...at, stroke: series.colour, strokeWidth: 2, ...dash });
}

/** Vertical bars of a series between two fields of `data`. */
export function bars<T>(data: readonly T[], at: { x: Field<T>; y1: Field<T>; y2: Field<T> }, series: Series) {
  if (!series.bars) return null;
  return Plot.ruleX(data as T[], { ...at, stroke: series.colour, strokeWidth: 1, strokeOpacity: 0.7 });
}

/** The band of a series between two fields of `data`; bands that lie on each other grow denser. */
export function band<T>(data: readonly T[], at: { x: Field<T>; y1: Field<T>; y2: Field<T> }, series: Series) {
  if (!series.band) return null;
  return Plot.areaY(data as T[], { ...at, fill: series.colour, fillOpacity: 0.18 });
}
