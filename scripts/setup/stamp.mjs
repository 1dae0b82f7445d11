import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tools } from "./paths.mjs";

const folder = join(tools, "stamps");

/**
 * Runs `action` unless the stamp `name` says that it was last finished for `version`, and `isPresent()` still holds. The
 * stamp goes before the action and comes back after it, so an interrupted action runs again.
 */
export async function once(name, version, isPresent, action) {
  const stamp = join(folder, name);
  if (read(stamp) === version && isPresent()) return;
  rmSync(stamp, { force: true });
  console.error(`making: ${name}`);
  const started = Date.now();
  await action();
  mkdirSync(folder, { recursive: true });
  writeFileSync(stamp, version);
  console.error(`ready: ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
}

function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
