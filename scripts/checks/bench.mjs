import { node } from "../setup/paths.mjs";
import { attempt } from "../setup/process.mjs";
import { outcome, verdict } from "./outcome.mjs";

/** Every benchmark once, for its answer and not for its time. It closes with a line `N passed, N failed`. */
export async function benchOnce() {
  const result = await attempt(node, ["bench/main.ts", "--once"]);
  const [, passed = 0, failed = 0] = /^(\d+) passed, (\d+) failed$/m.exec(result.output) ?? [];
  return outcome("bench --once", { passed: Number(passed), failed: Number(failed), ...result });
}

/** Whether the table in the README is that of the results that are kept. */
export async function benchTable() {
  return verdict("table of results", await attempt(node, ["bench/readme.ts", "--check"]));
}
