import { readdirSync } from "node:fs";
import { join } from "node:path";
import { binary, root } from "../setup/paths.mjs";
import { attempt } from "../setup/process.mjs";
import { verdict } from "./outcome.mjs";

/** Type checks every package of the workspace, one check each. */
export async function types() {
  const packages = readdirSync(join(root, "packages")).map((name) => `packages/${name}`);
  const outcomes = [];
  for (const folder of [...packages, "test", "bench", "examples", "reproduce"]) {
    outcomes.push(verdict(`tsc, ${folder}`, await attempt(binary("tsc"), ["-p", folder, "--noEmit"])));
  }
  return outcomes;
}

/** Formatting and lint of TypeScript, JavaScript and JSON. */
export async function biome() {
  return verdict("biome", await attempt(binary("biome"), ["ci", "--colors=off", "--error-on-warnings", "."]));
}

/** Unused files, exports and dependencies. */
export async function knip() {
  return verdict("knip", await attempt(binary("knip"), ["--no-progress"]));
}
