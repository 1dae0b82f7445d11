// A checkpoint that does not fit on the disk: a limit on the size of files fails the write in the middle, as a full disk does.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
// @ts-expect-error a plain program, which processes run as it is
import { trainingOf } from "./processes/trainingOf.mjs";

const program = fileURLToPath(new URL("./processes/training.mjs", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "thinned-full-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(process.platform === "win32")("a disk that is full while a fit writes its checkpoint", () => {
  test("ends the fit, says so, and leaves the old file as it was", async () => {
    const path = join(folder, "fit.safetensors");
    const { model, x, y, options } = trainingOf();
    await model.fit(x, y, { ...options, epochs: 1, checkpoint: path });
    const before = readFileSync(path);
    expect(before.length).toBeGreaterThan(2048);

    const limited = 'ulimit -f 2 && exec "$0" "$@"';
    const run = (...command: string[]) =>
      spawnSync("bash", [...command, process.execPath, program, path, "2"], { encoding: "utf8" });
    const { status, stderr } = run("-c", limited);
    expect(stderr).toContain("Cannot write");
    expect(stderr).toContain("the file is as it was before");
    expect(status).toBe(1);
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(existsSync(`${path}.tmp`)).toBe(false);

    // The control: where there is room, the same program goes on from there.
    expect(run("-c", 'exec "$0" "$@"').status).toBe(0);
    expect(readFileSync(path).equals(before)).toBe(false);
  });
});
