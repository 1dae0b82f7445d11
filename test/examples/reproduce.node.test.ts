// `npm run reproduce` in its quick settings: every study runs to its end and writes what it says.
import { spawnSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";

const root = resolve(import.meta.dirname, "../..");
// Strips the types of a program itself, which Node 20 could not.
const node = join(root, "node_modules/node/bin/node");

/** A quick setting takes at most two minutes on a machine of its own. */
const STUDY_MS = 300_000;

function reproduce(...args: string[]) {
  return spawnSync(node, ["reproduce/main.ts", ...args], { cwd: root, encoding: "utf8", timeout: STUDY_MS });
}

function recordOf(name: string) {
  return JSON.parse(readFileSync(join(root, "reproduce/output", name, "record.json"), "utf8"));
}

test("without a name there is the list of studies", () => {
  const { status, stdout } = reproduce();
  expect(stdout).toContain("mnist-mlp");
  expect(status).toBe(0);
});

test.each([
  [["mnist"], 'Cannot reproduce "mnist": there is none of that name; wanted: mnist-mlp'],
  [["mnist-mlp", "--fast"], "Unknown option '--fast'; wanted: npm run reproduce mnist-mlp"],
  [["mnist-mlp", "--epochs", "0"], 'Cannot read --epochs "0": an integer of at least 1 is wanted'],
])("%j ends with status 2 and one line", (args, message) => {
  const { status, stdout, stderr } = reproduce(...args);
  expect(stderr).toContain(message);
  expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  expect(stdout).toBe("");
  expect(status).toBe(2);
});

describe("mnist-mlp --quick", () => {
  test("learns digits from a fifth of the rows", { timeout: STUDY_MS }, () => {
    const started = Date.now();
    const { status, stdout, stderr } = reproduce("mnist-mlp", "--quick", "--restart");
    expect(status, `${stdout}${stderr}`).toBe(0);
    const { weightScaled, history, config } = recordOf("mnist-mlp-quick");
    expect(history.valAccuracy).toHaveLength(config.epochs);
    expect(weightScaled.error).toBeLessThan(0.12);
    const figure = join(root, "reproduce/output/mnist-mlp-quick/training.svg");
    expect(statSync(figure).mtimeMs).toBeGreaterThan(started - 1000);
  });
});
