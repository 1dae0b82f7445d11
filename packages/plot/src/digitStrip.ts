import * as Plot from "@observablehq/plot";
import { digit } from "./digit.js";
import type { Palette } from "./palette.js";
import { plain } from "./panel.js";
import { surface } from "./surface.js";

/** A row of small images under an axis. */
export interface DigitStripOptions {
  /** Grey values in [0, 1] of each image, row by row. */
  readonly images: readonly (readonly number[])[];
  /** Pixels per row of an image. */
  readonly columns: number;
  /** A word under each image. */
  readonly captions: readonly string[] | undefined;
  /** Horizontal centre of each image, in pixels. */
  readonly centres: readonly number[];
  /** Label of the axis that the images continue. */
  readonly axisLabel: string;
  /** What the images are. */
  readonly note: string;
  readonly width: number;
}

const largest = 44;

function imageSize(centres: readonly number[]): number {
  const gaps = centres.slice(1).map((centre, index) => centre - (centres[index] as number));
  return Math.min(largest, ...gaps.map((gap) => gap * 0.92));
}

/** Draws the images, their captions and, last, the label of the axis and the note. */
export function digitStrip(options: DigitStripOptions, palette: Palette): SVGSVGElement {
  const { centres, captions, width } = options;
  const size = imageSize(centres);
  const captionY = size + 12;
  const axisLabelY = captions === undefined ? captionY : captionY + 22;
  const noteY = axisLabelY + 20;
  const text = (words: readonly string[], x: readonly number[], look: { y: number; fill: string }) =>
    Plot.text([...words], { x: [...x], y: () => look.y, text: String, fill: look.fill, fontSize: 12 });
  const middle = ((centres[0] as number) + (centres.at(-1) as number)) / 2;
  const identity = { type: "identity", axis: null } as const;
  const strip = Plot.plot({
    document: surface(),
    width,
    height: noteY + 14,
    margin: 0,
    x: identity,
    y: identity,
    marks: [
      captions === undefined ? null : text(captions, centres, { y: captionY, fill: palette.ink }),
      text([options.axisLabel], [middle], { y: axisLabelY, fill: palette.ink }),
      text([options.note], [middle], { y: noteY, fill: palette.muted }),
    ],
  }) as SVGSVGElement;
  options.images.forEach((pixels, index) => {
    const holder = surface().createElementNS("http://www.w3.org/2000/svg", "g");
    holder.setAttribute("transform", `translate(${(centres[index] as number) - size / 2},0)`);
    holder.append(digit(pixels, { columns: options.columns, size }, palette));
    strip.append(holder);
  });
  return plain(strip, palette);
}
