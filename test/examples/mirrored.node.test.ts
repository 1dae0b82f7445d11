// The network that the claim on sparse activity is judged by: the same weight-scaled network, one layer of it mirrored.
import { expect, test } from "vitest";
import { mirroredDeviations, withMirroredLayer } from "../../reproduce/understanding-dropout/mirrored.ts";
import { network } from "../../reproduce/understanding-dropout/network.ts";
import { readRun } from "../../reproduce/understanding-dropout/options.ts";

const config = { ...readRun(["--quick"]).config, hidden: [6, 5, 4], samples: 4000 };
const x = { data: Float32Array.from({ length: 784 }, (_, i) => Math.sin(i) ** 2 / 8), shape: [1, 784] };
const names = ["hidden 1", "hidden 2", "hidden 3", "output"];
/** Of activities in float32, through sums of a handful. */
const SINGLE = 2e-6;

/** Glorot's weights, the biases such that activities are near `σ(bias)`. */
function biased(bias: number) {
  const model = network(config);
  model.setWeights(
    model.getWeights().map(({ data, shape }) => ({
      data: shape.length === 1 ? Float32Array.from(data, () => bias) : data,
      shape,
    })),
  );
  return model;
}

test.each(["hidden 1", "hidden 2", "hidden 3"])("mirrors %s and nothing else, but for its gates", (layer) => {
  using model = biased(-1);
  using mirrored = withMirroredLayer(config, model, layer);
  const [plain, other] = [model.predict(x, { layer: names }), mirrored.predict(x, { layer: names })];
  for (const name of names) {
    plain[name]?.data.forEach((activity, unit) => {
      const wanted = name === layer ? 1 - activity : activity;
      expect(Math.abs((other[name]?.data[unit] as number) - wanted), name).toBeLessThan(SINGLE);
    });
  }
});

test("refuses what is no hidden layer", () => {
  using model = biased(0);
  expect(() => withMirroredLayer(config, model, "output")).toThrow(RangeError);
  expect(() => withMirroredLayer(config, model, "hidden 4")).toThrow(RangeError);
});

test("units of small activity leave the next layer consistent, those of great activity do not", async () => {
  using sparse = biased(-3);
  const found = await mirroredDeviations(sparse, x, config);
  expect(found.map(({ name }) => name)).toEqual(["hidden 2", "hidden 3"]);
  for (const { deviation, mirrored } of found) expect(mirrored).toBeGreaterThan(3 * deviation);
  // The control: where activities are great, the mirrored ones are the small ones.
  using dense = biased(3);
  for (const { deviation, mirrored } of await mirroredDeviations(dense, x, config)) {
    expect(deviation).toBeGreaterThan(mirrored);
  }
});
