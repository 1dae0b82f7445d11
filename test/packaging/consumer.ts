import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
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
  const tarball = pack("thinned", folder);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  // Offline: a package without dependencies needs nothing but its tarball.
  run("npm", ["install", "--offline", "--no-audit", "--no-fund", `./${tarball}`], folder);
  cpSync(join(import.meta.dirname, "fixture"), folder, { recursive: true });
  return folder;
}

/**
 * The same with @thinned/plot beside it, unpacked from its tarball. npm cannot install it without a registry, for it has
 * dependencies: those are the ones that the workspace was set up with.
 */
export function consumerWithPlot(): string {
  const folder = consumer();
  const installed = join(folder, "node_modules/@thinned/plot");
  mkdirSync(installed, { recursive: true });
  run("tar", ["-xzf", pack("plot", folder), "--strip-components=1", "-C", installed], folder);
  for (const dependency of ["@observablehq/plot", "linkedom"]) {
    const link = join(folder, "node_modules", dependency);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(realpathSync(join(packages, "plot/node_modules", dependency)), link);
  }
  return folder;
}

/** Returns the name of the tarball of a package, which it writes into `folder`. */
function pack(name: string, folder: string): string {
  return run("npm", ["pack", "--silent", "--pack-destination", folder], join(packages, name)).trim();
}

/** Returns what the program printed; throws with its output when it fails. */
export function run(program: string, args: readonly string[], folder: string): string {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: folder, encoding: "utf8" });
  if (status === 0) return stdout;
  throw new Error(`Cannot run ${program} ${args.join(" ")}: it ended with ${status}\n${stdout}${stderr}`);
}
