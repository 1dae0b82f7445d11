// Every program in examples/ runs to its end, and the demo writes its figures.
import { spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";

const folder = resolve(import.meta.dirname, "../../examples");
// Strips the types of a program itself, which Node 20 could not.
const node = resolve(import.meta.dirname, "../../node_modules/node/bin/node");

/** A short program ends in seconds; the demo on few rows takes longer on a busy machine. */
const PROGRAM_MS = 120_000;

function runProgram(path: string, ...args: string[]) {
  return spawnSync(node, [path, ...args], { cwd: folder, encoding: "utf8", timeout: PROGRAM_MS });
}

const programs = readdirSync(folder).filter((name) => name.endsWith(".ts"));

test("there are examples", () => {
  expect(programs.length).toBeGreaterThan(3);
});

describe("examples", () => {
  test.each(programs)("%s runs, and its assertions hold", { timeout: PROGRAM_MS }, (name) => {
    const { status, stdout, stderr } = runProgram(name);
    expect(stderr).toBe("");
    expect(status, stdout).toBe(0);
    expect(stdout).not.toBe("");
  });
});

describe("examples/mnist/main.ts", () => {
  const main = join("mnist", "main.ts");

  test("--quick goes through every step and writes four figures", { timeout: PROGRAM_MS }, () => {
    const started = Date.now();
    const { status, stdout, stderr } = runProgram(main, "--quick");
    expect(status, `${stdout}${stderr}`).toBe(0);
    const named = stdout.split("\n").filter((line) => line.endsWith(".svg"));
    expect(named).toHaveLength(4);
    for (const line of named) {
      const path = resolve(folder, line.trim());
      // Its modification time may be rounded down to a second.
      expect(statSync(path).mtimeMs, path).toBeGreaterThan(started - 1000);
      expect(statSync(path).size, path).toBeGreaterThan(1000);
    }
  });

  test("ends with status 2 and one line for an option that there is not", () => {
    const { status, stdout, stderr } = runProgram(main, "--fast");
    expect(stderr.trimEnd().split("\n")).toEqual([
      "mnist demo: Cannot read the command line: --fast is no option, wanted --quick or --help",
    ]);
    expect(stdout).toBe("");
    expect(status).toBe(2);
  });

  test("--help prints how it is used", () => {
    const { status, stdout } = runProgram(main, "--help");
    expect(stdout).toContain("usage:");
    expect(status).toBe(0);
  });
});
