import * as Plot from "@observablehq/plot";
import type { Palette } from "./palette.js";
import { surface } from "./surface.js";

/** One pair of axes with its marks. */
export interface PanelOptions {
  readonly width: number;
  readonly height: number;
  /** The label carries the unit. */
  readonly x: Plot.ScaleOptions;
  /** The label carries the unit. */
  readonly y: Plot.ScaleOptions;
  readonly marks: readonly Plot.Markish[];
  /** Where y has grid lines; default at the ticks that Plot chooses, of which a logarithmic axis has many. */
  readonly grid?: number[];
  /** Pixels to the right of the axes; default 18. */
  readonly marginRight?: number;
  /** What sets this panel apart from its neighbours; stands above the axes, below the label of y. */
  readonly title?: string;
}

const margins = { marginTop: 34, marginRight: 18, marginBottom: 52, marginLeft: 62 };

/**
 * Takes out of Plot's output what a figure within a file cannot use: its style sheet, its class, and
 * `currentColor`, which becomes the ink of the palette.
 */
export function plain(svg: SVGSVGElement, palette: Palette): SVGSVGElement {
  for (const style of Array.from(svg.querySelectorAll("style"))) style.remove();
  svg.removeAttribute("class");
  for (const element of [svg, ...Array.from(svg.querySelectorAll("*"))]) {
    for (const property of ["fill", "stroke"]) {
      if (element.getAttribute(property) === "currentColor") element.setAttribute(property, palette.ink);
    }
  }
  return svg;
}

function grid({ grid: values, y }: PanelOptions, { grid: stroke }: Palette): Plot.Markish {
  const look = { stroke, strokeOpacity: 1 };
  if (values !== undefined) return Plot.gridY(values, look);
  return Plot.gridY(typeof y.ticks === "number" ? { ...look, ticks: y.ticks } : look);
}

const titleRoom = 12;

function heading(title: string, { ink }: Palette): Plot.Markish {
  const place = { frameAnchor: "top", lineAnchor: "bottom", dy: -10 } as const;
  return Plot.text([title], { ...place, text: String, fontSize: 13, fontWeight: 600, fill: ink });
}

/** Draws one pair of axes over a light grid; the label of y stands above its axis, where it is read first. */
export function panel(options: PanelOptions, palette: Palette): SVGSVGElement & Plot.Plot {
  const svg = Plot.plot({
    document: surface(),
    width: options.width,
    height: options.height,
    ...margins,
    marginTop: margins.marginTop + (options.title === undefined ? 0 : titleRoom),
    marginRight: options.marginRight ?? margins.marginRight,
    style: { fontSize: "12px" },
    x: { labelAnchor: "center", labelArrow: "none", labelOffset: 40, tickSize: 4, ...options.x },
    y: { nice: true, labelArrow: "none", labelOffset: margins.marginLeft - 16, tickSize: 0, ...options.y },
    marks: [
      grid(options, palette),
      ...options.marks,
      options.title === undefined ? null : heading(options.title, palette),
    ],
  }) as SVGSVGElement & Plot.Plot;
  plain(svg, palette);
  return svg;
}
