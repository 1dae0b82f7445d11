import type { Palette } from "./palette.js";
import { surface } from "./surface.js";

// Five shades of grey are enough to show anti-aliased strokes at thumbnail size.
const shades = 5;

/** Path of unit squares, joined along rows, over all pixels of at least `threshold`. */
function outline(pixels: readonly number[], columns: number, threshold: number): string {
  const runs: string[] = [];
  for (let start = 0; start < pixels.length; start++) {
    if ((pixels[start] as number) < threshold) continue;
    const row = Math.floor(start / columns);
    let end = start + 1;
    while (end < (row + 1) * columns && (pixels[end] as number) >= threshold) end++;
    runs.push(`M${start - row * columns} ${row}h${end - start}v1h${start - end}z`);
    start = end - 1;
  }
  return runs.join("");
}

/**
 * A grey image as vector shapes in the ink of the palette, so that it follows the theme: 0 is paper, 1 is
 * ink.
 *
 * Shade k of n covers all pixels of at least (k − ½)/n with opacity 1/(n − k + 1): stacked, k shades give an
 * opacity of k/n, and no seams show inside a stroke because the darker pixels lie under every lighter shade
 * as well.
 *
 * @param pixels Values in [0, 1], row by row of `columns`.
 * @param size Edge of the square it fills, in pixels of the figure.
 */
export function digit(
  pixels: readonly number[],
  { columns, size }: { readonly columns: number; readonly size: number },
  palette: Palette,
): SVGElement {
  const document = surface();
  const group = document.createElementNS("http://www.w3.org/2000/svg", "g") as SVGElement;
  const rows = pixels.length / columns;
  group.setAttribute("fill", palette.ink);
  group.setAttribute("transform", `scale(${size / Math.max(columns, rows)})`);
  for (let shade = 1; shade <= shades; shade++) {
    const d = outline(pixels, columns, (shade - 0.5) / shades);
    if (d === "") continue;
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", d);
    path.setAttribute("fill-opacity", String(1 / (shades - shade + 1)));
    group.append(path);
  }
  return group;
}
