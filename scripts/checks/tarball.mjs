import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { binary, root } from "../setup/paths.mjs";
import { pnpm } from "../setup/pnpm.mjs";
import { attempt, run } from "../setup/process.mjs";
import { verdict } from "./outcome.mjs";

/** What publint and are-the-types-wrong say of every package as it would be published. */
export async function tarballs() {
  const folder = mkdtempSync(join(tmpdir(), "thinned-pack-"));
  const outcomes = [];
  for (const name of readdirSync(join(root, "packages"))) {
    const target = join(folder, name);
    await run(await pnpm(), ["pack", "--pack-destination", target], { cwd: join(root, "packages", name) });
    const tarball = join(target, readdirSync(target)[0]);
    outcomes.push(verdict(`publint, ${name}`, await attempt(binary("publint"), [tarball, "--strict"])));
    const types = ["--profile", "esm-only", "--no-definitely-typed", tarball];
    outcomes.push(verdict(`are the types wrong, ${name}`, await attempt(binary("attw"), types)));
  }
  rmSync(folder, { recursive: true, force: true });
  return outcomes;
}
