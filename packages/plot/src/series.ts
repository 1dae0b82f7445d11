import * as Plot from "@observablehq/plot";

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
}

type Field<T> = keyof T & string;

/** Radius of points in pixels: smaller where many would cover each other. */
function radius(count: number): number {
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
