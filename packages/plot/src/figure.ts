import { autoClass, dark, darkRules, light, type Palette, rootClass, type Theme } from "./palette.js";
import { printed } from "./printed.js";
import { serialize } from "./serialize.js";
import { surface } from "./surface.js";
import { type Row, toCsv } from "./table.js";

/** What a figure consists of before it is drawn. */
export interface FigureParts {
  readonly title: string;
  /** For readers who cannot see the figure: what is drawn, and what it shows in numbers. */
  readonly description: string;
  readonly rows: readonly Row[];
  readonly draw: (palette: Palette) => SVGSVGElement;
}

/**
 * A figure with its data: draw it as often as wanted, as a DOM node or as the text of an SVG file.
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { trainingCurve } from "@thinned/plot";
 *
 * const figure = trainingCurve({ loss: [0.9, 0.4, 0.3] });
 * assert.match(figure.toSvg(), /^<\?xml .*<title>Training<\/title>/s);
 * assert.equal(figure.rows.length, 3);
 * ```
 */
export class Figure {
  readonly title: string;
  readonly description: string;
  /** The numbers behind the marks, one row each, in the order in which they are drawn. */
  readonly rows: readonly Row[];
  readonly #draw: (palette: Palette) => SVGSVGElement;

  constructor(parts: FigureParts) {
    this.title = parts.title;
    this.description = parts.description;
    this.rows = parts.rows;
    this.#draw = parts.draw;
  }

  /**
   * A new `<svg>` element, labelled for screen readers by its `<title>` and `<desc>`.
   *
   * @param theme `"auto"` (default) follows the reader's `prefers-color-scheme`; `"light"` and `"dark"` are
   *   fixed, for pages with a switch of their own and for rasterisers.
   * @throws RangeError on another theme.
   */
  toElement(theme: Theme = "auto"): SVGSVGElement {
    if (theme !== "auto" && theme !== "light" && theme !== "dark") {
      throw new RangeError(
        `Cannot draw "${this.title}": theme is ${printed(theme)}, wanted "auto", "light" or "dark"`,
      );
    }
    const root = this.#draw(theme === "dark" ? dark : light);
    root.setAttribute("class", theme === "auto" ? `${rootClass} ${autoClass}` : rootClass);
    root.setAttribute("role", "img");
    const parts: [string, string][] = [
      ["title", this.title],
      ["desc", this.description],
    ];
    if (theme === "auto") parts.push(["style", darkRules()]);
    const first = root.firstChild;
    for (const [tag, text] of parts) {
      const element = surface().createElementNS("http://www.w3.org/2000/svg", tag);
      element.textContent = text;
      root.insertBefore(element, first);
    }
    return root;
  }

  /** The text of a standalone SVG file; the parameter is that of `toElement`. */
  toSvg(theme: Theme = "auto"): string {
    return serialize(this.toElement(theme));
  }

  /** `rows` as comma-separated values (RFC 4180) with a header line. */
  toCsv(): string {
    return toCsv(this.rows);
  }
}
