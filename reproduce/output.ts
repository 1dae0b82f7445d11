import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join, relative } from "node:path";
import type { Figure } from "@thinned/plot";

/** Where the study `name` writes what it makes; not a part of the repository. */
export function outputFolder(name: string): string {
  const folder = join(import.meta.dirname, "output", name);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Writes each figure as SVG, dark and light, and its data as CSV; returns the paths from the working directory. */
export function writeFigures(folder: string, figures: Readonly<Record<string, Figure>>): string[] {
  return Object.entries(figures).map(([name, figure]) => {
    const path = join(folder, `${name}.svg`);
    writeFileSync(path, figure.toSvg());
    writeFileSync(join(folder, `${name}.csv`), figure.toCsv());
    return relative(process.cwd(), path);
  });
}

/** Writes what was found as JSON: beside the figures, and with `keep` where the repository keeps it. */
export function writeRecord(name: string, record: object, keep: boolean): string[] {
  const text = `${JSON.stringify({ ...record, machine: machine() }, null, 2)}\n`;
  const paths = [join(outputFolder(name), "record.json")];
  if (keep) paths.push(join(import.meta.dirname, "results", `${name}.json`));
  for (const path of paths) writeFileSync(path, text);
  return paths.map((path) => relative(process.cwd(), path));
}

function machine(): object {
  const all = cpus();
  return { processor: all[0]?.model ?? "unknown", cores: all.length, node: process.versions.node };
}
