import { join } from "node:path";
import { Missing } from "./missing.mjs";
import { tools } from "./paths.mjs";
import { attempt, isProgram, onPath, run } from "./process.mjs";
import { once } from "./stamp.mjs";

const version = "10.34.9";

/** The path of a pnpm that reads this workspace's lock file: the one on PATH if it is a 10.x, else a private one. */
export async function pnpm() {
  const installed = onPath("pnpm");
  if (installed && /^10\./.test((await attempt(installed, ["--version"])).stdout)) return installed;
  const folder = join(tools, "pnpm");
  const path = join(folder, "node_modules/.bin/pnpm");
  await once(
    "pnpm",
    version,
    () => isProgram(path),
    async () => {
      if (!onPath("npm"))
        throw new Missing("npm is missing", "install Node.js 20 or newer together with npm");
      await run("npm", [
        "install",
        "--prefix",
        folder,
        "--no-save",
        "--no-audit",
        "--no-fund",
        `pnpm@${version}`,
      ]);
    },
  );
  return path;
}
