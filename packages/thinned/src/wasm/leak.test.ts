import { expect, it } from "vitest";
import { dense } from "../dense.js";
import { dropout } from "../dropout.js";
import { sequential } from "../sequential.js";
import { baseInstance, simd128Instance } from "./instance.js";

/** Models live in the one, long calls run in the other. */
const instances = [baseInstance(), await simd128Instance()];
const memoryBytes = () => instances.reduce((sum, instance) => sum + instance.memoryBytes, 0);

/** About 1 MB of weights. */
const newModel = () => sequential([dropout(0.5), dense(500)], { inputShape: [500], seed: 1 });

/** What the allocator may keep of the last few models, for holes of other sizes. */
const SLACK_BYTES = 2 ** 20;

it("2,000 models of 1 MB that are made and disposed leave memory as it was", () => {
  for (let round = 0; round < 20; round++) newModel().dispose();
  const before = memoryBytes();
  for (let round = 0; round < 2000; round++) newModel().dispose();
  expect(memoryBytes()).toBe(before);
});

it("grows by models that are kept, which is what the other tests would see", () => {
  const before = memoryBytes();
  const kept = Array.from({ length: 100 }, newModel);
  expect(memoryBytes()).toBeGreaterThan(before + 50 * 2 ** 20);
  for (const model of kept) model.dispose();
});

it("200 runs of fit(), predictMC() and exact() leave memory as it was", async () => {
  const model = sequential(
    [dense(64, { activation: "tanh" }), dropout([...new Array(60).fill(0), 0.5, 0.5, 0.5, 0.5]), dense(2)],
    {
      inputShape: [16],
      seed: 1,
    },
  );
  const x = { data: Float32Array.from({ length: 64 * 16 }, (_, i) => Math.sin(i)), shape: [64, 16] };
  const y = new Array(64).fill([0, 1]);
  const variant = "simd128";
  const round = async () => {
    await model.fit(x, y, { loss: "meanSquaredError", variant });
    await model.predictMC(x, { samples: 4, keepSamples: true, variant });
    await model.exact(x, { layer: "all" });
  };
  // A call that is aborted frees what it held as well.
  const aborted = () =>
    model.predictMC(x, {
      samples: 1e6,
      variant,
      onProgress: () => Promise.reject(new Error("enough")) as never,
    });
  for (let times = 0; times < 5; times++) await round();
  await expect(aborted()).rejects.toThrow("enough");
  const before = memoryBytes();
  for (let times = 0; times < 200; times++) {
    await round();
    if (times % 20 === 0) await expect(aborted()).rejects.toThrow("enough");
  }
  expect(memoryBytes()).toBeLessThanOrEqual(before + SLACK_BYTES);
  model.dispose();
});
