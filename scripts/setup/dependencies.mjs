import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fingerprint } from "../fingerprint.mjs";
import { node, root } from "./paths.mjs";
import { pnpm } from "./pnpm.mjs";
import { run } from "./process.mjs";
import { once } from "./stamp.mjs";

/** Installs the npm packages of the lock file, when it or a package.json changed since the last time. */
export async function dependencies() {
  const folders = [
    ".",
    ...readdirSync(join(root, "packages")).map((name) => `packages/${name}`),
    "test",
    "bench",
    "examples",
    "reproduce",
  ];
  const manifests = folders.map((folder) => `${folder}/package.json`);
  const version = fingerprint(
    ["pnpm-lock.yaml", "pnpm-workspace.yaml", ...manifests],
    process.platform,
    process.arch,
  );
  const isPresent = () => existsSync(node) && existsSync(join(root, "node_modules/.modules.yaml"));
  await once("dependencies", version, isPresent, async () => {
    await run(await pnpm(), ["install", "--frozen-lockfile"], { env: { CI: "true" } });
  });
}
