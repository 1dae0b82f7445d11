import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { gzipSync } from "node:zlib";

/** What the entry of the package may weigh, gzipped: all that is loaded before the first call, the inline wasm included. */
export const entryBudgetBytes = 250_000;

/** Returns the gzipped bytes of the built module at `path` and of all it imports at its start; `import()` is left out. */
export function entrySizeBytes(path: string): number {
  const sizes = [...reached(resolve(path))].map((file) => gzipSync(readFileSync(file), { level: 9 }).length);
  return sizes.reduce((total, size) => total + size, 0);
}

function reached(path: string, files: Set<string> = new Set()): Set<string> {
  if (files.has(path)) return files;
  files.add(path);
  const text = readFileSync(path, "utf8");
  // Bundlers write one static import or re-export at the start of a line.
  for (const [, specifier] of text.matchAll(/^(?:import|export)\b(?!\()[^;"']*["'](\.[^"']+)["']/gm)) {
    if (specifier) reached(join(dirname(path), specifier), files);
  }
  return files;
}
