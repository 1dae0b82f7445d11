import type { Figure } from "./figure.js";
import { printed } from "./printed.js";

export interface PngOptions {
  /** `"light"` (default) or `"dark"`: a picture cannot follow its reader's preference. */
  readonly theme?: "light" | "dark";
  /** Pixels of the picture per pixel of the figure; default 2. */
  readonly scale?: number;
  /** Family of an installed font for all text; default a sans-serif one. One that is not installed is replaced. */
  readonly font?: string;
}

const mostScale = 16;

/**
 * The PNG file of a figure, in Node: drawn by resvg (`@resvg/resvg-js`, to be installed beside this package) with the sans-serif
 * fonts of the machine.
 *
 * @throws RangeError on another theme, or a scale outside (0, 16].
 * @throws TypeError when `font` is not a text.
 * @throws ReferenceError when `@resvg/resvg-js` is not installed.
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { trainingCurve } from "@thinned/plot";
 * import { toPng } from "@thinned/plot/png";
 *
 * const file = await toPng(trainingCurve({ loss: [0.9, 0.4, 0.3] }), { theme: "dark" });
 * assert.equal(new TextDecoder().decode(file.subarray(1, 4)), "PNG");
 * ```
 */
export async function toPng(figure: Figure, options: PngOptions = {}): Promise<Uint8Array> {
  const { theme = "light", scale = 2, font } = options;
  if (theme !== "light" && theme !== "dark") {
    throw new RangeError(
      `Cannot draw "${figure.title}": theme is ${printed(theme)}, wanted "light" or "dark" for a PNG`,
    );
  }
  if (!(scale > 0 && scale <= mostScale)) {
    throw new RangeError(
      `Cannot draw "${figure.title}": scale is ${printed(scale)}, wanted a number in (0, ${mostScale}]`,
    );
  }
  if (font !== undefined && typeof font !== "string") {
    throw new TypeError(
      `Cannot draw "${figure.title}": font is ${printed(font)}, wanted the name of a family`,
    );
  }
  const svg = figure.toSvg(theme);
  const { Resvg } = await rasteriser();
  const families =
    font === undefined
      ? { defaultFontFamily: "DejaVu Sans" }
      : { defaultFontFamily: font, sansSerifFamily: font };
  const fonts = { loadSystemFonts: true, ...families };
  return new Resvg(svg, { font: fonts, fitTo: { mode: "zoom", value: scale } }).render().asPng();
}

async function rasteriser(): Promise<typeof import("@resvg/resvg-js")> {
  try {
    return await import("@resvg/resvg-js");
  } catch (cause) {
    throw new ReferenceError("Cannot draw a PNG: @resvg/resvg-js is not there, wanted as a dependency", {
      cause,
    });
  }
}
