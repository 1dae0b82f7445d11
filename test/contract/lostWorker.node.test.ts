// A worker can end at any time: the operating system may end it, memory may run out. Node lets the test end one itself.
import { Worker } from "node:worker_threads";
import { createPool, dense, dropout, sequential } from "thinned";
import { afterEach, expect, test } from "vitest";
import { normalRows } from "../oracle/values.ts";
import { expectError } from "./expectError.ts";

const threads = process.getBuiltinModule("node:worker_threads");
const started: Worker[] = [];

/** Makes the pool start workers that the test can reach. */
function watchWorkers(onStart: (worker: Worker) => void = () => undefined): void {
  threads.Worker = class extends Worker {
    constructor(...parameters: ConstructorParameters<typeof Worker>) {
      super(...parameters);
      started.push(this);
      onStart(this);
    }
  };
}

afterEach(() => {
  threads.Worker = Worker;
  started.length = 0;
});

const model = sequential([dropout(0.5), dense(64, { activation: "relu" }), dropout(0.5), dense(3)], {
  inputShape: [14],
  seed: 1,
});
const rows = normalRows(1, 400, 14).map((row) => [...row]);

test("predictMC() replaces a worker that ended and does its part again, with the same bits", async () => {
  watchWorkers();
  const pool = createPool({ threads: 2 });
  let reported = 0;
  const found = await model.predictMC(rows, {
    samples: 3000,
    pool,
    onProgress: async ({ done }) => {
      expect(done).toBeLessThanOrEqual(400 * 3000);
      if (++reported === 2) await started[0]?.terminate();
    },
  });
  expect(reported).toBeGreaterThan(2);
  expect(started).toHaveLength(3);
  expect(found).toEqual(await model.predictMC(rows, { samples: 3000 }));
  await pool.dispose();
});

test("fit() replaces a worker that ended and does its part again, with the same bits", async () => {
  watchWorkers();
  const pool = createPool({ threads: 2 });
  const newNet = () =>
    sequential([dropout(0.5), dense(64, { activation: "relu" }), dropout(0.5), dense(3)], {
      inputShape: [14],
      seed: 1,
    });
  const [net, other] = [newNet(), newNet()];
  const targets = rows.map((row) => row.slice(0, 3));
  const options = { loss: "meanSquaredError", batchSize: 200, epochs: 30 } as const;
  let batches = 0;
  // The second time nobody waits for its end: it is lost with a part of the next step.
  const onBatchEnd = async () => {
    if (++batches === 5) await started[0]?.terminate();
    if (batches === 20) void started[1]?.terminate();
  };
  await net.fit(rows, targets, { ...options, pool, callbacks: [{ onBatchEnd }] });
  // One worker beside the calling thread, and one for each that was lost.
  expect(started).toHaveLength(3);
  await other.fit(rows, targets, options);
  expect(net.getWeights()).toEqual(other.getWeights());
  await pool.dispose();
});

test("predictMC() gives up, and says so, when every worker ends", async () => {
  watchWorkers((worker) => setTimeout(() => void worker.terminate(), 1));
  const pool = createPool({ threads: 1 });
  const call = () => model.predictMC(rows, { samples: 100_000, pool });
  await expectError(call, Error, "3 workers have ended", "it exited with code");
  expect(started).toHaveLength(3);
  await pool.dispose();
});

test("a pool that has worked keeps no process alive", async () => {
  const { spawnSync } = await import("node:child_process");
  const program = `
    import { createPool, dense, dropout, sequential } from "thinned";
    const model = sequential([dropout(0.5), dense(3)], { inputShape: [4], seed: 1 });
    await model.predictMC([[1, 2, 3, 4]], { samples: 50, pool: createPool({ threads: 2 }) });
    console.log("done");`;
  const arguments_ = ["--input-type=module", "--eval", program];
  const { stdout, status } = spawnSync(process.execPath, arguments_, {
    cwd: import.meta.dirname,
    encoding: "utf8",
    timeout: 20_000,
  });
  expect(stdout).toBe("done\n");
  expect(status).toBe(0);
});
