import * as Plot from "@observablehq/plot";
import type { Palette } from "./palette.js";
import { plain } from "./panel.js";
import { band, bars, line, points, type Series } from "./series.js";
import { surface } from "./surface.js";

const rowHeight = 20;
const sampleWidth = 26;
const gap = 22;
const fontSize = 12;

// There is no font to measure with. Wide sans-serif fonts take 0.6 of their size per character; too wide only
// costs room.
function textWidth(text: string): number {
  return text.length * fontSize * 0.6;
}

interface Entry {
  readonly series: Series;
  readonly x: number;
  readonly y: number;
}

function place(series: readonly Series[], width: number): Entry[] {
  let x = 0;
  let y = rowHeight / 2;
  return series.map((each) => {
    const needed = sampleWidth + 6 + textWidth(each.name);
    if (x > 0 && x + needed > width) {
      x = 0;
      y += rowHeight;
    }
    const entry = { series: each, x, y };
    x += needed + gap;
    return entry;
  });
}

/** One sample and name per series, left to right, wrapped at `width`. */
export function legend(series: readonly Series[], width: number, palette: Palette): SVGSVGElement {
  const entries = place(series, width);
  const height = Math.max(...entries.map((entry) => entry.y)) + rowHeight / 2;
  const marks = entries.flatMap(({ series: each, x, y }) => {
    const ends = [
      { x, y },
      { x: x + sampleWidth, y },
    ];
    const middle = [{ x: x + sampleWidth / 2, y, low: y - 8, high: y + 8 }];
    const swatch = ends.map((end) => ({ ...end, low: y - 6, high: y + 6 }));
    return [
      band(swatch, { x: "x", y1: "low", y2: "high" }, each),
      line(ends, { x: "x", y: "y" }, each),
      bars(middle, { x: "x", y1: "low", y2: "high" }, each),
      points(middle, { x: "x", y: "y" }, each),
      Plot.text([each.name], {
        x: x + sampleWidth + 6,
        y,
        text: (name: string) => name,
        textAnchor: "start",
        fontSize,
        fill: palette.ink,
      }),
    ];
  });
  const identity = { type: "identity", axis: null } as const;
  return plain(
    Plot.plot({
      document: surface(),
      width,
      height,
      margin: 0,
      x: identity,
      y: identity,
      marks,
    }) as SVGSVGElement,
    palette,
  );
}
