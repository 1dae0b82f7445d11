import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { onTestFinished } from "vitest";

const packages = resolve(import.meta.dirname, "../../packages");
const modules = resolve(import.meta.dirname, "../node_modules");

/** The Node.js releases that the package supports, by the programs that npm installed. */
export const nodes = [
  { release: 20, program: join(modules, "node20/bin/node") },
  { release: 24, program: resolve(modules, "../../node_modules/node/bin/node") },
];

/**
 * Returns the folder of a user's project outside the workspace: empty but for the programs in `fixture/` and thinned,
 * packed and installed from its tarball. The folder goes when the test ends.
 */
export function consumer(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "thinned-consumer-")));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const tarball = run(
    "npm",
    ["pack", "--silent", "--pack-destination", folder],
    join(packages, "thinned"),
  ).trim();
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  // Offline: a package without dependencies needs nothing but its tarball.
  run("npm", ["install", "--offline", "--no-audit", "--no-fund", `./${tarball}`], folder);
  cpSync(join(import.meta.dirname, "fixture"), folder, { recursive: true });
  return folder;
}

/** Returns what the program printed; throws with its output when it fails. */
export function run(program: string, args: readonly string[], folder: string): string {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: folder, encoding: "utf8" });
  if (status === 0) return stdout;
  throw new Error(`Cannot run ${program} ${args.join(" ")}: it ended with ${status}\n${stdout}${stderr}`);
}
