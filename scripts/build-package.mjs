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
  const own = ["src", "package.json", "tsconfig.json", "tsup.config.ts"].map(
    (path) => `packages/${name}/${path}`,
  );
  const shared = [
    "tsconfig.base.json",
    "pnpm-lock.yaml",
    "packages/thinned/inlineWasm.ts",
    "packages/thinned/inlineWorker.ts",
    "scripts/build-package.mjs",
    "scripts/declarations.mjs",
  ];
  const version = fingerprint([...own, ...shared, ...licences], ingredients);
  const isPresent = () => ["index.js", "index.d.ts"].every((file) => existsSync(join(folder, "dist", file)));
  await once(`package-${name}`, version, isPresent, async () => {
    rmSync(join(folder, "dist"), { recursive: true, force: true });
    await run(binary("tsup"), ["--silent"], { cwd: folder });
    await run(node, ["scripts/declarations.mjs", folder]);
    // A tarball holds nothing from outside its package's folder, and may not go without its licences.
    for (const licence of licences) copyFileSync(join(root, licence), join(folder, licence));
  });
}
