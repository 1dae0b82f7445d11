// The log of a fit that fails, is resumed, or cannot be written.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Callback, csvLogger, dense, FormatError, modelCheckpoint, sequential } from "thinned";
import { afterAll, describe, expect, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "thinned-csv-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const x = [[1], [2], [3], [4]];
const y = [2, 4, 6, 8];
const options = { loss: "meanSquaredError", variant: "simd128" } as const;
const newModel = () => sequential([dense(1)], { inputShape: [1], seed: 1 });
const read = (path: string) => readFileSync(path, "utf8");
/** Returns the first value of each line, the header's among them. */
const firsts = (path: string) =>
  read(path)
    .split("\n")
    .map((line) => line.split(",", 1)[0]);

/** Ends a fit when this epoch ends. */
function failure(epoch: number): Callback {
  return {
    onEpochEnd: (ended) => {
      if (ended === epoch) throw new Error("lost");
    },
  };
}

describe("csvLogger()", () => {
  test("begins anew in a fit after one that failed", async () => {
    const path = join(folder, "again.csv");
    const logger = csvLogger(path);
    const lost = newModel().fit(x, y, { ...options, epochs: 9, callbacks: [logger, failure(2)] });
    await expect(lost).rejects.toThrow("lost");
    const { history } = await newModel().fit(x, y, {
      ...options,
      metrics: ["meanAbsoluteError"],
      callbacks: [logger],
    });
    const values = [0, history.loss[0], history.meanAbsoluteError?.[0]];
    expect(read(path)).toBe(`epoch,loss,meanAbsoluteError\n${values.join(",")}\n`);
  });

  test.each([false, true])("writes each epoch once when a fit is resumed, append: %s", async (append) => {
    const path = join(folder, `resumed-${append}.csv`);
    const checkpoint = `${path}.safetensors`;
    const common = { ...options, batchSize: 2, epochs: 4 };
    await newModel().fit(x, y, { ...common, callbacks: [csvLogger(path)] });
    const wanted = read(path);
    const before = append ? "epoch,loss\n0,7\n1,7\n" : "";
    // The line of an epoch is written before its checkpoint: that of the first epoch, and that of a later one.
    for (const epoch of [0, 2]) {
      writeFileSync(path, before);
      const every = { ...common, checkpoint, every: 1 };
      const callbacks = [csvLogger(path, { append }), failure(epoch)];
      await expect(newModel().fit(x, y, { ...every, callbacks })).rejects.toThrow("lost");
      writeFileSync(path, `${read(path)}${epoch + 1},3.`);
      await newModel().fit(x, y, { ...every, resume: true, callbacks: [csvLogger(path, { append })] });
      expect(read(path)).toBe(append ? before + wanted.slice("epoch,loss\n".length) : wanted);
    }
  });

  test("begins anew where the file of a resumed fit is gone, and refuses another", async () => {
    const path = join(folder, "gone.csv");
    const checkpoint = join(folder, "gone.safetensors");
    const common = { ...options, checkpoint, resume: true };
    await newModel().fit(x, y, { ...common, epochs: 2, callbacks: [csvLogger(path)] });
    writeFileSync(path, "0,1\n");
    const attempt = newModel().fit(x, y, { ...common, epochs: 4, callbacks: [csvLogger(path)] });
    await expect(attempt).rejects.toThrow(
      /^Cannot log to a CSV file: ".*" of 4 bytes does not begin with the \d+ bytes/,
    );
    rmSync(path);
    await newModel().fit(x, y, { ...common, epochs: 4, callbacks: [csvLogger(path)] });
    expect(firsts(path)).toEqual(["epoch", "2", "3", ""]);
  });

  test("refuses to append to other columns", async () => {
    const path = join(folder, "columns.csv");
    writeFileSync(path, "epoch,auc\n0,1\n");
    const attempt = newModel().fit(x, y, { ...options, callbacks: [csvLogger(path, { append: true })] });
    await expect(attempt).rejects.toThrow(/columns.csv" has "auc" for column 1, "loss" is wanted/);
    expect(read(path)).toBe("epoch,auc\n0,1\n");
  });

  test("does not take the state of another callback", () => {
    const { values } = csvLogger("a.csv").getState?.() ?? {};
    expect(() => modelCheckpoint("a.safetensors").setState?.({ values })).toThrow(FormatError);
  });
});

describe("a folder that is not there", () => {
  const nowhere = join(folder, "nowhere", "file");
  test.each([
    ["csvLogger()", { callbacks: [csvLogger(nowhere)] }, "Cannot log to a CSV file: ENOENT"],
    [
      "modelCheckpoint()",
      { callbacks: [modelCheckpoint(`${nowhere}-{epoch}`)] },
      "Cannot save a model checkpoint: ENOENT",
    ],
    ["checkpoint", { checkpoint: nowhere }, `Cannot write "`],
  ])("ends a fit before its first epoch: %s", async (_, more, message) => {
    const model = newModel();
    const before = model.getWeights();
    await expect(model.fit(x, y, { ...options, ...more })).rejects.toThrow(message);
    expect(model.getWeights()).toEqual(before);
  });
});
