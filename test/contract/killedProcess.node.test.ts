// A process that is killed while it trains leaves a checkpoint that is whole, and a later one goes on bit by bit.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type FitOptions, FormatError } from "thinned";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { uniforms } from "../oracle/values.ts";
// @ts-expect-error a plain program, which processes run as it is
import { trainingOf } from "./processes/trainingOf.mjs";

const program = fileURLToPath(new URL("./processes/training.mjs", import.meta.url));
const STEPS_PER_EPOCH = 5;

/** Two chains of processes at a time, each of which is killed so often. */
const CHAINS = 2;
const KILLS = 25;

/** A process takes dozens of steps in this time, and most of a step is the writing of its file. */
const LONGEST_LIFE_MS = 25;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "thinned-kill-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const fit = (more: Partial<FitOptions>) => {
  const { model, x, y, options } = trainingOf();
  return model.fit(x, y, { ...options, ...more }).then(() => model.getWeights());
};

/** Resolves once a process has trained for a step and then been killed; rejects when it ends by itself. */
function killed(path: string, lifeMs: number): Promise<void> {
  const child: ChildProcess = spawn(process.execPath, [program, path], { stdio: ["ignore", "pipe", "pipe"] });
  let errors = "";
  child.stderr?.on("data", (text) => {
    errors += String(text);
  });
  child.stdout?.once("data", () => setTimeout(() => child.kill("SIGKILL"), lifeMs));
  return new Promise((resolve, reject) => {
    child.on("exit", (code, signal) => {
      if (signal === "SIGKILL") resolve();
      else reject(new Error(`the process ended with ${code}: ${errors}`));
    });
  });
}

/** Returns where a checkpoint is; throws when it is not whole. */
function placeOf(path: string): { epoch: number; batch: number } {
  const bytes = readFileSync(path);
  const headerBytes = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, 8 + headerBytes).toString());
  const ends = Object.values(header).map(
    (entry) => (entry as { data_offsets?: number[] }).data_offsets?.[1] ?? 0,
  );
  expect(bytes.length).toBe(8 + headerBytes + Math.max(...ends));
  return JSON.parse(header.__metadata__.fit);
}

describe("a process that is killed while it trains", () => {
  test(`leaves a whole checkpoint ${CHAINS * KILLS} times, which the next goes on with`, async () => {
    const chains = Array.from({ length: CHAINS }, async (_, chain) => {
      const path = join(folder, `chain${chain}.safetensors`);
      const draw = uniforms(900 + chain);
      const places = { midEpoch: 0, midWrite: 0 };
      for (let kill = 0; kill < KILLS; kill++) {
        await killed(path, LONGEST_LIFE_MS * draw());
        // The first of a chain may have ended before it wrote anything.
        if (!existsSync(path)) continue;
        if (placeOf(path).batch > 0) places.midEpoch++;
        if (readdirSync(folder).includes(`chain${chain}.safetensors.tmp`)) places.midWrite++;
      }
      // The control: the moments were spread over epochs, and over writes that were under way.
      expect(places.midEpoch).toBeGreaterThan(KILLS / 2);
      expect(places.midWrite).toBeGreaterThan(0);
      const epochs = placeOf(path).epoch + 2;
      expect(await fit({ epochs, resume: path })).toEqual(await fit({ epochs }));
    });
    await Promise.all(chains);
  });

  test.skipIf(process.platform === "win32")(
    "or has no room on the disk, leaves the old checkpoint",
    async () => {
      const path = join(folder, "full.safetensors");
      await fit({ epochs: 1, checkpoint: path });
      const before = readFileSync(path);
      // A limit on the size of files, in blocks of 512 bytes or 1 KiB: less than the checkpoint takes.
      const limited = spawnSync(
        "sh",
        ["-c", `ulimit -f 16; exec "$0" "$@"`, process.execPath, program, path, "3"],
        {
          encoding: "utf8",
        },
      );
      expect(limited.status).not.toBe(0);
      expect(limited.stderr).toMatch(
        /Cannot write ".*": EFBIG.*; the file is as it was before, room on the disk/,
      );
      expect(readFileSync(path).equals(before)).toBe(true);
      expect(readdirSync(folder)).not.toContain("full.safetensors.tmp");
      expect(await fit({ epochs: 2, resume: path })).toEqual(await fit({ epochs: 2 }));
    },
  );

  test("is told from one that left half a file", async () => {
    const path = join(folder, "half.safetensors");
    await fit({ epochs: 1, checkpoint: path });
    const bytes = readFileSync(path);
    expect(placeOf(path)).toMatchObject({ epoch: 1, batch: 0, steps: STEPS_PER_EPOCH });
    await expect(fit({ resume: bytes.subarray(0, bytes.length / 2) })).rejects.toThrow(FormatError);
  });
});
