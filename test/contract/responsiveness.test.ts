// Long calls let the event loop turn: a page stays alive, a server answers.
import { batchNormalization, dense, dropout, type FitControl, sequential } from "thinned";
import { describe, expect, test } from "vitest";

/** Slices aim at 16 ms; the rest is for a busy machine, for what cannot be cut, and for collections of garbage. */
const LONGEST_GAP_MS = 1000;

const rows = (count: number, width: number) => ({
  data: Float32Array.from({ length: count * width }, (_, i) => Math.sin(i)),
  shape: [count, width],
});

const wide = () =>
  sequential(
    [
      dense(1024, { activation: "relu" }),
      dense(1024, { activation: "relu" }),
      dense(4, { activation: "tanh" }),
      dropout(0.5),
      dense(3, { activation: "sigmoid" }),
    ],
    { inputShape: [256], seed: 1 },
  );

type Model = ReturnType<typeof wide>;

/** Returns the longest time between two turns of the event loop while `call` runs, its synchronous beginning included. */
async function longestGapMs(call: () => Promise<unknown>): Promise<{ gapMs: number; turns: number }> {
  const { port1, port2 } = new MessageChannel();
  const seen = { gapMs: 0, turns: 0 };
  let last = performance.now();
  const turn = () => {
    const now = performance.now();
    seen.gapMs = Math.max(seen.gapMs, now - last);
    seen.turns++;
    last = now;
    port2.postMessage(null);
  };
  port1.onmessage = turn;
  port2.postMessage(null);
  try {
    await call();
    seen.gapMs = Math.max(seen.gapMs, performance.now() - last);
  } finally {
    port1.close();
  }
  return seen;
}

const labels = Array.from({ length: 2000 }, (_, row) => [row % 2, 0, 1]);
const calls: readonly (readonly [string, (model: Model) => Promise<unknown>])[] = [
  ["predictMC", (model) => model.predictMC(rows(2000, 256), { samples: 50, masks: "independent" })],
  ["exact", (model) => model.exact(rows(600, 256))],
  ["evaluate", (model) => model.evaluate(rows(2000, 256), labels, { loss: "meanSquaredError" })],
  [
    "fit",
    (model) => model.fit(rows(512, 256), labels.slice(0, 512), { loss: "meanSquaredError", batchSize: 32 }),
  ],
  [
    "fit, of one wide batch,",
    (model) => model.fit(rows(2000, 256), labels, { loss: "meanSquaredError", batchSize: 2000 }),
  ],
  [
    "fit, whose rows depend on each other,",
    async () => {
      const layers = [dense(512), batchNormalization(), dense(512), batchNormalization(), dense(3)];
      const model = sequential(layers, { inputShape: [256], seed: 1 });
      await model.fit(rows(512, 256), labels.slice(0, 512), { loss: "meanSquaredError", batchSize: 128 });
      model.dispose();
    },
  ],
  [
    "fit, whose updates come in pieces,",
    async () => {
      const model = sequential([dense(1500, { activation: "relu" }), dropout(0.5), dense(3)], {
        inputShape: [1500],
        seed: 1,
      });
      await model.fit(rows(128, 1500), labels.slice(0, 128), { loss: "meanSquaredError", batchSize: 128 });
      model.dispose();
    },
  ],
];

/** Where frames are drawn, data are read in slices as well; elsewhere a fit has copied them when it returns its promise. */
const inPages: typeof calls = [
  [
    "fit, of many numbers to read,",
    async () => {
      const model = sequential([dense(1)], { inputShape: [1000], seed: 1 });
      const values = { data: new Float32Array(8_000_000), shape: [8000, 1000] };
      const first = { onTrainBegin: (control: FitControl) => control.stop() };
      const loss = "meanSquaredError";
      await model.fit(values, new Float32Array(8000), { loss, callbacks: [first] });
      model.dispose();
    },
  ],
];

describe("the event loop", () => {
  test.each(typeof document === "undefined" ? calls : [...calls, ...inPages])(
    `turns at least every ${LONGEST_GAP_MS} ms during %s()`,
    async (_, call) => {
      const model = wide();
      const { gapMs, turns } = await longestGapMs(() => call(model));
      expect(gapMs).toBeLessThan(LONGEST_GAP_MS);
      // The control: the call is long enough to have to let it turn.
      expect(turns).toBeGreaterThan(1);
      model.dispose();
    },
  );
});
