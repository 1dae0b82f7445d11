// The number of workers never changes a bit. Compared with ==, on the default build of the platform as well.
import {
  batchNormalization,
  conv2d,
  createPool,
  dense,
  dropout,
  type FitOptions,
  flatten,
  type Model,
  type Pool,
  sequential,
  sgd,
  topKAccuracy,
} from "thinned";
import { afterAll, describe, expect, test } from "vitest";
import { normalRows } from "../oracle/values.ts";

const pools = [1, 2, 3].map((threads) => createPool({ threads }));
afterAll(() => Promise.all(pools.map((pool) => pool.dispose())));

const ROWS = 700;
const x = normalRows(3, ROWS, 12).map((row) => [...row]);
const y = x.map((row) => row.indexOf(Math.max(...row)) % 3);

const dropped = (): Model =>
  sequential(
    [dropout(0.2), dense(40, { activation: "relu" }), dropout(0.5), dense(3, { activation: "softmax" })],
    { inputShape: [12], seed: 1 },
  );
const connections = (): Model =>
  sequential([dense(20, { activation: "tanh", connectionRate: 0.5 }), dense(3, { activation: "softmax" })], {
    inputShape: [12],
    seed: 2,
  });
const normalized = (): Model =>
  sequential([dense(20), batchNormalization(), dropout(0.3), dense(3, { activation: "softmax" })], {
    inputShape: [12],
    seed: 3,
  });
const linear = (): Model => sequential([dropout(0.4), dense(1)], { inputShape: [12], seed: 5 });
const images = (): Model =>
  sequential(
    [
      conv2d(4, { kernelSize: 2, activation: "relu" }),
      flatten(),
      dropout(0.3),
      dense(3, { activation: "softmax" }),
    ],
    { inputShape: [3, 4, 1], seed: 4 },
  );

/** Everything that a fit leaves behind. */
async function trained(model: Model, options: Partial<FitOptions>, pool: Pool | undefined) {
  const { history } = await model.fit(model.layers[0]?.kind === "conv2d" ? asImages : x, y, {
    loss: "sparseCategoricalCrossentropy",
    metrics: ["accuracy", topKAccuracy(2)],
    epochs: 2,
    batchSize: 128,
    ...options,
    pool,
  });
  return { history, weights: model.getWeights().map(({ data }) => [...data]) };
}

const asImages = x.map((row) => [0, 1, 2].map((i) => row.slice(4 * i, 4 * i + 4).map((value) => [value])));

describe("fit() gives the same bits with 1, 2 and 3 workers as without", () => {
  const cases: [string, () => Model, Partial<FitOptions>][] = [
    ["batches of two parts, the last smaller", dropped, {}],
    [
      "batches of eight parts",
      dropped,
      { batchSize: 600, optimizer: sgd({ learningRate: 0.1, momentum: 0.9 }) },
    ],
    ["a batch of one part", dropped, { batchSize: 100 }],
    ["parts of different sizes", dropped, { batchSize: 301 }],
    ["masks that a batch shares", dropped, { maskSharing: "batch" }],
    [
      "weights of rows and classes",
      dropped,
      { sampleWeight: y.map((_, i) => 1 + (i % 3)), classWeight: { 1: 2 } },
    ],
    ["simd128", dropped, { variant: "simd128", epochs: 1 }],
    ["connections that are dropped", connections, { epochs: 1 }],
    ["connections that are dropped, the same for a batch", connections, { maskSharing: "batch" }],
    ["batch normalisation, whose rows stay together", normalized, { batchSize: 256 }],
    ["convolution", images, { epochs: 1 }],
    ["expectations over all masks", linear, { loss: "meanSquaredError", metrics: [], expected: true }],
  ];
  test.each(cases)("%s", async (_, model, options) => {
    const alone = await trained(model(), options, undefined);
    for (const pool of pools) expect(await trained(model(), options, pool)).toEqual(alone);
  });
});
