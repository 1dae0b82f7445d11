// Callbacks that write files.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { csvLogger, dense, load, modelCheckpoint, sequential } from "thinned";
import { afterAll, beforeAll, expect, test } from "vitest";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "thinned-files-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const x = [[1], [2], [3], [4]];
const y = [2, 4, 6, 8];
const options = { loss: "meanSquaredError", epochs: 3, validationSplit: 0.25, variant: "simd128" } as const;
const newModel = () => sequential([dense(1)], { inputShape: [1], seed: 1 });

test("csvLogger() writes a line of names and one for every epoch, and appends", async () => {
  const path = join(folder, "log.csv");
  const { history } = await newModel().fit(x, y, { ...options, callbacks: [csvLogger(path)] });
  const line = (epoch: number) => `${epoch},${history.loss[epoch]},${history.valLoss?.[epoch]}`;
  const wanted = ["epoch,loss,valLoss", line(0), line(1), line(2), ""].join("\n");
  expect(readFileSync(path, "utf8")).toBe(wanted);
  await newModel().fit(x, y, { ...options, epochs: 1, callbacks: [csvLogger(path, { append: true })] });
  expect(readFileSync(path, "utf8")).toBe(`${wanted}${line(0)}\n`);
  await newModel().fit(x, y, { ...options, epochs: 1, callbacks: [csvLogger(path, { separator: "\t" })] });
  expect(readFileSync(path, "utf8")).toBe(`epoch\tloss\tvalLoss\n${line(0).replaceAll(",", "\t")}\n`);
});

test("modelCheckpoint() fills epoch and values into its path", async () => {
  const model = newModel();
  const own = join(folder, "models");
  const path = `${own}-{epoch}-{valLoss}.safetensors`;
  const { history } = await model.fit(x, y, { ...options, callbacks: [modelCheckpoint(path)] });
  const files = readdirSync(folder).filter((name) => name.startsWith("models"));
  const wanted = history.valLoss?.map((loss, epoch) => `models-${epoch}-${loss}.safetensors`);
  expect(files.sort()).toEqual(wanted?.sort());
  const last = readFileSync(join(folder, `models-2-${history.valLoss?.[2]}.safetensors`));
  expect(load(last).getWeights()).toEqual(model.getWeights());
  const attempt = model.fit(x, y, { ...options, callbacks: [modelCheckpoint(`${own}-{auc}`)] });
  await expect(attempt).rejects.toThrow(
    /the path has \{auc\}, one of \["epoch", "loss", "valLoss"\] is wanted/,
  );
});

test("a folder that is not there ends the fit with its path", async () => {
  const path = join(folder, "nowhere", "model.safetensors");
  const attempt = newModel().fit(x, y, { ...options, checkpoint: path });
  await expect(attempt).rejects.toThrow(/Cannot write ".*": ENOENT/);
});
