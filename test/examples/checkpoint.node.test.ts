// What a study says of a checkpoint that it cannot go on from, on a network that is trained at once.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dense, sequential } from "thinned";
import { afterAll, beforeEach, expect, test } from "vitest";
import { checkpointIn, resuming } from "../../reproduce/checkpoint.ts";
import { UsageError } from "../../reproduce/study.ts";

const folder = mkdtempSync(join(tmpdir(), "thinned-checkpoint-"));
const checkpoint = join(folder, "checkpoint.safetensors");
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => {
  checkpointIn(folder, true);
  rmSync(`${checkpoint}.tmp`, { recursive: true, force: true });
});

async function trained(epochs = 2, units = 1) {
  using model = sequential([dense(units)], { inputShape: [1], seed: 1 });
  const y = [[1], [2]].map(([value = 0]) => Array<number>(units).fill(value));
  const fit = model.fit([[1], [2]], y, { loss: "meanSquaredError", epochs, checkpoint, resume: true });
  return (await resuming(checkpoint, fit)).history.loss;
}

/** The refusal, which has to be one line for the user. */
async function refusal(fit: Promise<unknown>): Promise<string> {
  const error = await fit.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UsageError);
  const { message } = error as UsageError;
  expect(message).not.toContain("\n");
  return message;
}

test("a fit goes on from its checkpoint", async () => {
  const whole = await trained(3);
  checkpointIn(folder, true);
  await trained(2);
  expect(await trained(3)).toEqual(whole);
});

test.each([0, 5, 100, -1])("a checkpoint cut to %d bytes is refused", async (length) => {
  await trained();
  writeFileSync(checkpoint, readFileSync(checkpoint).subarray(0, length));
  expect(await refusal(trained(3))).toMatch(
    /^Cannot .+; the checkpoint is .+checkpoint\.safetensors: --restart begins without it$/,
  );
});

test("a checkpoint of another network is refused", async () => {
  await trained();
  expect(await refusal(trained(3, 2))).toContain("--restart begins without it");
});

test("a folder in the place of the checkpoint is refused, and --restart takes it away", async () => {
  mkdirSync(checkpoint);
  expect(await refusal(trained())).toMatch(/^Cannot read ".+EISDIR.+: --restart begins without it$/);
  checkpointIn(folder, true);
  expect(await trained()).toHaveLength(2);
});

test("a checkpoint that cannot be written is refused, without the advice to begin anew", async () => {
  mkdirSync(`${checkpoint}.tmp`);
  const message = await refusal(trained());
  expect(message).toMatch(/^Cannot write ".+room on the disk and the right to write are wanted$/);
  expect(message).not.toContain("--restart");
});

test("any other error stays what it is", async () => {
  const other = new RangeError("Cannot go on with fit(): the loss is NaN");
  await trained();
  await expect(resuming(checkpoint, Promise.reject(other))).rejects.toBe(other);
});
