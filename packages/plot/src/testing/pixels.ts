import { Resvg } from "@resvg/resvg-js";

/**
 * Whether `colour` (`#rrggbb`) covers a pixel of `svg` completely. The rasteriser also refuses text that is
 * not well-formed XML.
 */
export function paints(svg: string, colour: string): boolean {
  const { pixels } = new Resvg(svg, { font: { loadSystemFonts: false } }).render();
  const wanted = [1, 3, 5].map((start) => Number.parseInt(colour.slice(start, start + 2), 16));
  for (let at = 0; at < pixels.length; at += 4) {
    if (wanted.every((channel, offset) => pixels[at + offset] === channel)) return true;
  }
  return false;
}
