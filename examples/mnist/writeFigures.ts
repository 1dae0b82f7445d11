import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { Figure } from "@thinned/plot";

/** Writes each figure as SVG and its data as CSV; returns the SVG paths relative to the working directory. */
export function writeFigures(folder: string, figures: Readonly<Record<string, Figure>>): string[] {
  mkdirSync(folder, { recursive: true });
  return Object.entries(figures).map(([name, figure]) => {
    const path = join(folder, `${name}.svg`);
    writeFileSync(path, figure.toSvg());
    writeFileSync(join(folder, `${name}.csv`), figure.toCsv());
    return relative(process.cwd(), path);
  });
}
