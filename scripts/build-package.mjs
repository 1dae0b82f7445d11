import { copyFileSync, existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fingerprint } from "./fingerprint.mjs";
import { binary, node, root } from "./setup/paths.mjs";
import { run } from "./setup/process.mjs";
import { once } from "./setup/stamp.mjs";

const licences = ["LICENSE-MIT", "LICENSE-APACHE"];

/**
 * Builds the package in packages/`name` into its dist folder where it is out of date: tsup bundles, and declarations.mjs rolls up what tsc declares.
 * `ingredients` is a hash of what the build needs besides the package's own files.
 */
export async function buildPackage(name, ingredients) {
  const folder = join(root, "packages", name);
  // A tarball holds nothing from outside its package's folder, and may not go without its licences.
  for (const licence of licences) copyFileSync(join(root, licence), join(folder, licence));
  const build = ["scripts/build-package.mjs", "scripts/declarations.mjs"];
  const own = [`packages/${name}`, "tsconfig.base.json", "pnpm-lock.yaml", ...build];
  const isPresent = () => ["index.js", "index.d.ts"].every((file) => existsSync(join(folder, "dist", file)));
  await once(`package-${name}`, fingerprint(own, ingredients), isPresent, async () => {
    rmSync(join(folder, "dist"), { recursive: true, force: true });
    await run(binary("tsup"), ["--silent"], { cwd: folder });
    await run(node, ["scripts/declarations.mjs", folder]);
  });
}
