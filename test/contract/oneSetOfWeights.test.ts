// A long call computes with the weights and the data that stand when it is made.
import { dense, dropout, type Model, sequential } from "thinned";
import { afterEach, describe, expect, test } from "vitest";
import { normalRows } from "../oracle/values.ts";

// More units than rows of one chunk have room for, so that the rows below go through the module in several chunks.
const newModel = () =>
  sequential(
    [
      dropout(0.5),
      dense(256, { activation: "sigmoid", name: "hidden" }),
      dropout([0.5, ...new Array(255).fill(0)]),
      dense(2, { name: "out" }),
    ],
    { inputShape: [4], seed: 1 },
  );
const manyRows = normalRows(1, 20_000, 4).map((row) => [...row]);
const fewRows = manyRows.slice(0, 500);
const targets = manyRows.map(() => [0, 1]);
const samples = 6;

const models: Model[] = [];
function made(): Model {
  const model = newModel();
  models.push(model);
  return model;
}
afterEach(() => {
  for (const model of models.splice(0)) model.dispose();
});

/** Weights of which every one is another than it was. */
function shift(model: Model): void {
  model.setWeights(model.getWeights().map(({ data, shape }) => ({ data: data.map((w) => w + 0.5), shape })));
}

/** Resolves after the call has had some turns of the event loop. */
const meanwhile = () => new Promise((resolve) => setTimeout(resolve, 20));

type Call = (model: Model, options: { onProgress: () => void }) => Promise<unknown>;
const calls: readonly (readonly [string, Call])[] = [
  ["predictMC", (model, options) => model.predictMC(manyRows, { samples, variant: "simd128", ...options })],
  ["predictMC on the fastest build", (model, options) => model.predictMC(manyRows, { samples, ...options })],
  ["exact", (model, options) => model.exact(fewRows, { layer: "all", ...options })],
  ["crossCheck", (model, options) => model.crossCheck(fewRows, { samples: 40, layer: "all", ...options })],
  [
    "evaluate",
    (model, options) => model.evaluate(manyRows, targets, { loss: "meanSquaredError", ...options }),
  ],
];

describe("a change of the weights", () => {
  test.each(calls)("does not reach %s() once it is called", async (_, call) => {
    const alone = await call(made(), { onProgress: () => undefined });
    const model = made();
    const before = model.predict(fewRows);
    let slices = 0;
    const running = call(model, {
      onProgress: () => {
        slices++;
        shift(model);
      },
    });
    shift(model);
    expect(await running).toEqual(alone);
    // The control: the weights did change, while the call was under way.
    expect(slices).toBeGreaterThan(1);
    expect(model.predict(fewRows)).not.toEqual(before);
  });

  test("by fit() does not reach a predictMC() under way", async () => {
    const alone = await made().predictMC(manyRows, { samples, variant: "simd128" });
    const model = made();
    const running = model.predictMC(manyRows, { samples, variant: "simd128" });
    await model.fit(fewRows, targets.slice(0, 500), { loss: "meanSquaredError", epochs: 2 });
    expect(await running).toEqual(alone);
    expect(await model.predictMC(manyRows, { samples, variant: "simd128" })).not.toEqual(alone);
  });

  test("keeps crossCheck() of one mind: its two halves agree", async () => {
    const model = made();
    const running = model.crossCheck(fewRows.slice(0, 20), { samples: 20_000 });
    await meanwhile();
    shift(model);
    expect((await running).agrees).toBe(true);
  });
});

describe("a change of the data", () => {
  const flat = () => ({ data: Float32Array.from(manyRows.flat()), shape: [20_000, 4] });
  const uses: readonly (readonly [string, (model: Model, x: ReturnType<typeof flat>) => Promise<unknown>])[] =
    [
      ["predictMC", (model, x) => model.predictMC(x, { samples, variant: "simd128" })],
      ["evaluate", (model, x) => model.evaluate(x, targets, { loss: "meanSquaredError" })],
      [
        "fit",
        (model, x) => model.fit(x, targets, { loss: "meanSquaredError", variant: "simd128", batchSize: 500 }),
      ],
    ];

  test.each(uses)("does not reach %s() once it is called", async (_, use) => {
    const alone = await use(made(), flat());
    const x = flat();
    const running = use(made(), x);
    x.data.fill(Number.NaN);
    expect(await running).toEqual(alone);
  });

  test.each(uses)("nor does a transfer of the buffer reach %s()", async (_, use) => {
    const alone = await use(made(), flat());
    const x = flat();
    const running = use(made(), x);
    structuredClone(x.data, { transfer: [x.data.buffer] });
    expect(x.data).toHaveLength(0);
    expect(await running).toEqual(alone);
  });
});
