import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { binary } from "../setup/paths.mjs";
import { attempt } from "../setup/process.mjs";
import { outcome } from "./outcome.mjs";

/** The tests of the vitest project `project`, "node" or "browser". */
export async function vitest(project, tools) {
  const folder = mkdtempSync(join(tmpdir(), "thinned-vitest-"));
  const report = join(folder, "report.json");
  const args = ["run", "--project", project, "--reporter=dot", "--reporter=json", `--outputFile=${report}`];
  const result = await attempt(binary("vitest"), args, { env: { CHROMIUM_PATH: tools.chromium } });
  const found = counts(report);
  rmSync(folder, { recursive: true, force: true });
  return outcome(`vitest, ${project}`, { ...found, ...result });
}

/** A test that was skipped or left to do, and a file that could not be loaded, count as failures. */
function counts(report) {
  let parsed;
  try {
    parsed = JSON.parse(readFileSync(report, "utf8"));
  } catch {
    return { passed: 0, failed: 0 };
  }
  const { numPassedTests: passed, numTotalTests: total, testResults } = parsed;
  const unloadable = testResults.filter(
    ({ status, assertionResults }) => status === "failed" && assertionResults.length === 0,
  );
  return { passed, failed: total - passed + unloadable.length };
}
