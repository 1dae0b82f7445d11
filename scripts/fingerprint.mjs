import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { root } from "./setup/paths.mjs";

const outputs = new Set(["node_modules", "dist", "target", "generated", ".tools", ".git"]);

/**
 * A short hash of the names and contents of `paths`, which are relative to the project; folders are walked, without
 * what a build wrote into them. A path that does not exist counts as absent. Contents rather than times: a fresh
 * checkout and a touched file build nothing anew.
 */
export function fingerprint(paths, ...words) {
  const hash = createHash("sha256");
  for (const word of words) hash.update(`${word}\0`);
  for (const path of paths.flatMap((path) => [...files(path)])) {
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(root, path)))
      .update("\0");
  }
  return hash.digest("hex").slice(0, 16);
}

function* files(path) {
  const found = statSync(join(root, path), { throwIfNoEntry: false });
  if (found?.isFile()) yield path;
  if (!found?.isDirectory()) return;
  for (const name of readdirSync(join(root, path)).sort()) {
    if (!outputs.has(name)) yield* files(`${path}/${name}`);
  }
}
