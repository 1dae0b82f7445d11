// What the time of the simulation ends, and what a later run goes on with.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FitControl } from "thinned";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { network } from "../../reproduce/understanding-dropout/network.ts";
import { type Run, readRun } from "../../reproduce/understanding-dropout/options.ts";
import { Probe } from "../../reproduce/understanding-dropout/probe.ts";
import { train } from "../../reproduce/understanding-dropout/train.ts";

const rows = 40;
const quick = readRun(["--quick"]);
const config = {
  ...quick.config,
  hidden: [3, 3, 3, 3],
  trainRows: rows,
  testRows: rows,
  batchSize: 10,
  probeSamples: 4,
};
const digits = {
  images: {
    data: Float32Array.from({ length: rows * 784 }, (_, i) => Math.sin(i) ** 2),
    shape: [rows, 784] as [number, number],
  },
  labels: { data: Float32Array.from({ length: rows }, (_, i) => i % 10), shape: [rows] as [number] },
};
const x = { data: digits.images.data.subarray(0, 784), shape: [1, 784] };

/** Seconds that the clock has been put forward by. */
let ahead = 0;
let folder = "";
beforeEach(() => {
  ahead = 0;
  folder = mkdtempSync(join(tmpdir(), "thinned-train-"));
  const now = performance.now.bind(performance);
  vi.spyOn(performance, "now").mockImplementation(() => now() + 1000 * ahead);
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

/** Every epoch takes 100 s more than it does. */
class Slow extends Probe {
  override async onEpochEnd(epoch: number, logs: unknown, control: FitControl): Promise<void> {
    ahead += 100;
    await super.onEpochEnd(epoch, logs, control);
  }
}

async function run(change: Partial<Run>) {
  using model = network(config);
  using probe = new Slow(config, x);
  const { history } = await train(
    model,
    { train: digits, test: digits },
    { ...quick, config, ...change },
    probe,
    folder,
  );
  return { history, weights: model.getWeights(), epochs: probe.course().epochs.filter(Number.isInteger) };
}

test("a run that its time has ended is gone on with by the next, to the same weights", async () => {
  const whole = await run({ epochs: 4 });
  // Time for one epoch and a half, then for two and a half.
  const first = await run({ epochs: 4, minutes: 150 / 60, restart: true });
  expect(first.history?.epoch).toEqual([0]);
  const second = await run({ epochs: 4, minutes: 250 / 60 });
  expect(second.history?.epoch).toEqual([0, 1, 2]);
  const last = await run({ epochs: 4 });
  expect(last.history?.history.loss).toEqual(whole.history?.history.loss);
  expect(last.weights).toEqual(whole.weights);
  expect(last.epochs).toEqual([0, 1, 2, 3, 4]);
});

test("no epoch is begun that is known to take longer than there is time", async () => {
  await run({ epochs: 1 });
  const again = await run({ epochs: 3, minutes: 1 });
  expect(again.history?.epoch).toEqual([0]);
  expect((await run({ epochs: 3, minutes: 2 })).history?.epoch).toEqual([0, 1]);
});
