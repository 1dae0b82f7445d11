import { legend } from "./legend.js";
import type { Palette } from "./palette.js";
import type { Series } from "./series.js";
import { surface } from "./surface.js";

/** A drawn part of a figure and where it goes, in pixels below the header. */
export interface Placed {
  readonly svg: SVGSVGElement;
  readonly x: number;
  readonly y: number;
}

/** What surrounds the panels of a figure. */
export interface FrameOptions {
  readonly title: string;
  /** What a reader must know to read the figure: how many samples, what the bars are. May be empty. */
  readonly subtitle: string;
  /** A legend is drawn for two series or more. */
  readonly series: readonly Series[];
  readonly width: number;
  readonly parts: readonly Placed[];
}

const margin = 16;
const lineHeight = 17;

// Of the subtitle, in pixels: the mean over running text in wide sans-serif fonts.
const letterWidth = 6.9;

/** The lines of `text` when each has room for `letters`. */
function wrapped(text: string, letters: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= letters) lines[lines.length - 1] += ` ${word}`;
    else lines.push(word);
  }
  return lines;
}

function element(tag: string, attributes: Record<string, string | number>, text?: string): SVGElement {
  const made = surface().createElementNS("http://www.w3.org/2000/svg", tag) as SVGElement;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  if (text !== undefined) made.textContent = text;
  return made;
}

function at(svg: SVGSVGElement, x: number, y: number): SVGSVGElement {
  svg.setAttribute("x", String(x));
  svg.setAttribute("y", String(y));
  return svg;
}

function heightOf(svg: SVGSVGElement): number {
  return Number(svg.getAttribute("height"));
}

/** Puts title, subtitle and legend above the parts, and paper behind them. */
export function frame(options: FrameOptions, palette: Palette): SVGSVGElement {
  const inner = options.width - 2 * margin;
  const children: SVGElement[] = [
    element(
      "text",
      { x: margin, y: 30, "font-size": 17, "font-weight": 600, fill: palette.ink },
      options.title,
    ),
  ];
  let top = 42;
  if (options.subtitle !== "") {
    const look = { "font-size": 12.5, fill: palette.muted };
    for (const [index, words] of wrapped(options.subtitle, inner / letterWidth).entries()) {
      children.push(element("text", { x: margin, y: 50 + index * lineHeight, ...look }, words));
      top = 62 + index * lineHeight;
    }
  }
  if (options.series.length > 1) {
    const key = legend(options.series, inner, palette);
    children.push(at(key, margin, top));
    top += heightOf(key) + 10;
  }
  let bottom = top;
  for (const { svg, x, y } of options.parts) {
    children.push(at(svg, x, top + y));
    bottom = Math.max(bottom, top + y + heightOf(svg));
  }
  const height = Math.ceil(bottom);
  const size = { width: options.width, height };
  const root = element("svg", {
    ...size,
    viewBox: `0 0 ${options.width} ${height}`,
    "font-family": "system-ui, sans-serif",
    style: "max-width:100%;height:auto",
  });
  root.append(element("rect", { ...size, fill: palette.paper }), ...children);
  return root as SVGSVGElement;
}
