import type { Placed } from "./frame.js";

/** Sets panels of the same size in rows of at most two: `draw` makes the panel of an index, `width` pixels wide. */
export function facets(
  count: number,
  { width, height }: { readonly width: number; readonly height: number },
  draw: (index: number, width: number) => SVGSVGElement,
): Placed[] {
  const columns = Math.min(count, 2);
  const each = width / columns;
  return Array.from({ length: count }, (_, index) => ({
    svg: draw(index, each),
    x: (index % columns) * each,
    y: Math.floor(index / columns) * height,
  }));
}
