import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";

const root = resolve(import.meta.dirname, "../..");

/** A Linux machine with everything that set-up looks for before it wants a browser, and an apt-get that knows no package. */
const complete = {
  cargo: "exit 0",
  cc: "exit 0",
  rustc: `[ "$1" = --version ] && echo "rustc 1.999.0" || echo "${root}"`,
  "cargo-clippy": "exit 0",
  "cargo-fmt": "exit 0",
  "apt-get": 'echo "E: Unable to locate package chromium"; exit 100',
};

/** Elsewhere than on Linux a browser may be found outside PATH, and nothing is left to install. */
const possible = ([what]: readonly [string, ...unknown[]]) =>
  process.platform === "linux" || what !== "a browser that can be installed";

describe("set-up ends with one line that names what is missing, and the way out", () => {
  const cases: [string, Record<string, string | undefined>, Record<string, string>, string | RegExp][] = [
    [
      "cargo",
      { ...complete, cargo: undefined },
      {},
      "cargo is missing: install Rust with rustup, then run this again",
    ],
    [
      "a new enough Rust",
      { ...complete, rustc: 'echo "rustc 1.63.0"' },
      {},
      /^Rust 1\.\d+ is missing, this machine has 1\.63: run: rustup/,
    ],
    ["a C linker", { ...complete, cc: undefined }, {}, /^a C linker \(cc\) is missing: install gcc or clang/],
    [
      "a browser that can be installed",
      complete,
      {},
      /^A browser \(Chromium\) is missing, .*: install Chromium or Chrome, or set CHROMIUM_PATH/,
    ],
    [
      "the browser that was named",
      complete,
      { CHROMIUM_PATH: "/no/browser" },
      /^CHROMIUM_PATH is \/no\/browser, which is no program: /,
    ],
  ];

  it.each(cases.filter(possible))("without %s", (_, programs, variables, line) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ["scripts/bootstrap.mjs", "test"], {
      cwd: root,
      env: { PATH: folderWith(programs), HOME: tmpdir(), ...variables },
      encoding: "utf8",
    });
    expect(stderr.trimEnd()).toMatch(line);
    expect(`${stdout}${stderr}`.trimEnd().split("\n")).toHaveLength(1);
    expect(status).toBe(1);
  });
});

function folderWith(programs: Record<string, string | undefined>): string {
  const folder = mkdtempSync(join(tmpdir(), "thinned-machine-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, script] of Object.entries(programs)) {
    if (script === undefined) continue;
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  symlinkSync("/usr/bin/env", join(folder, "env"));
  // A sudo that asks no password, for when the tests do not run as root.
  writeFileSync(join(folder, "sudo"), '#!/bin/sh\nshift\n[ "$1" = true ] || exec "$@"\n', { mode: 0o755 });
  return folder;
}
