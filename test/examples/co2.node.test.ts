// What figure 2 of Gal & Ghahramani (2016) shows, on networks that take a second: far from the data the band of ReLU units grows with the
// distance, that of tanh units stays as it is.
import { expect, test } from "vitest";
import { network } from "../../reproduce/co2/models.ts";

const rows = 200;
const x = {
  data: Float64Array.from({ length: rows }, (_, i) => -1.7 + (3.4 * i) / (rows - 1)),
  shape: [rows, 1],
};
const y = x.data.map((time) => 0.9 * time + 0.15 * Math.sin(20 * time));
const within = [-1, 0, 1];
const beyond = [13.6, 27.2]; // the second twice as far as the first
const asked = { data: Float64Array.of(...within, ...beyond), shape: [within.length + beyond.length, 1] };
const config = {
  hidden: [64, 64, 64, 64],
  rate: 0.1,
  prior: { lengthScale: 0.1, tau: 100 },
  epochs: 40,
  batchSize: 64,
  learningRate: 0.001,
  samples: 200,
  seed: 1,
};

async function deviationsOf(activation: "relu" | "tanh") {
  const { sampled } = await network(activation, { x, y, asked }, config);
  const [near = 0, middle = 0, , first = 0, second = 0] = sampled.deviation;
  // Where there are data the noise is most of it: 1/√tau.
  expect(near).toBeLessThan(0.3);
  expect(middle).toBeGreaterThan(0.1);
  return { first, second, near };
}

test("the band of ReLU units grows with the distance from the data", async () => {
  const { first, second, near } = await deviationsOf("relu");
  expect(second / first).toBeGreaterThan(1.9);
  expect(second / near).toBeGreaterThan(10);
});

test("the band of tanh units stays flat far from the data", async () => {
  const { first, second, near } = await deviationsOf("tanh");
  expect(second / first).toBeLessThan(1.1);
  expect(second / near).toBeLessThan(4);
});
