import { conv2d, type ExactMethod, sequential, spatialDropout2d } from "thinned";
import { describe, expect, test } from "vitest";
import { at } from "../oracle/at.ts";

const PLACES = 4;
const RATE = 0.3;
const x = [0.9, -1.4, 2.1, 0.3, -0.6, 1.7, 0.2, -2.5]; // [2, 2, 2]
const kernel = [1.2, -0.7, 0.4, -1.1, 0.8, 2.3]; // [1, 1, 2, 3]
const bias = [0.1, -0.2, 0.3];

/** The definition: the probabilities of the classes at each place, under each of the four masks of the two channels. */
function subnetworks(): { p: number; activities: number[][] }[] {
  return [0, 1, 2, 3].map((mask) => {
    const kept = [0, 1].map((channel) => (mask >> channel) & 1);
    const activities = Array.from({ length: PLACES }, (_, place) => {
      const sums = bias.map((b, k) =>
        kept.reduce(
          (sum, keep, c) => sum + (keep / (1 - RATE)) * at(x, place * 2 + c) * at(kernel, c * 3 + k),
          b,
        ),
      );
      const exponentials = sums.map(Math.exp);
      const total = exponentials.reduce((a, b) => a + b);
      return exponentials.map((value) => value / total);
    });
    return { p: kept.reduce((p, keep) => p * (keep ? 1 - RATE : RATE), 1), activities };
  });
}

describe("a softmax over each place of an image", () => {
  const model = sequential([spatialDropout2d(RATE), conv2d(3, { kernelSize: 1, activation: "softmax" })], {
    inputShape: [2, 2, 2],
    seed: 1,
  });
  model.setWeights([
    { data: Float32Array.from(kernel), shape: [1, 1, 2, 3] },
    { data: Float32Array.from(bias), shape: [3] },
  ]);
  const image = { data: Float32Array.from(x), shape: [1, 2, 2, 2] };
  const log = (place: number, k: number): number =>
    subnetworks().reduce((sum, { p, activities }) => sum + p * Math.log(at(at(activities, place), k)), 0);

  test.each<ExactMethod>(["reference", "nested"])("has geometric means, by %s", async (method) => {
    const { mean, geometricMean, nwgm } = await model.exact(image, { method });
    expect(geometricMean?.shape).toEqual([1, 2, 2, 3]);
    for (let place = 0; place < PLACES; place++) {
      const total = [0, 1, 2].reduce((sum, k) => sum + Math.exp(log(place, k)), 0);
      for (let k = 0; k < 3; k++) {
        const wanted = Math.exp(log(place, k));
        // Weights are single precision.
        expect(geometricMean?.data[3 * place + k]).toBeCloseTo(wanted, 6);
        expect(nwgm?.data[3 * place + k]).toBeCloseTo(wanted / total, 6);
        expect(wanted).toBeLessThanOrEqual(at(mean.data, 3 * place + k) + 1e-6);
      }
    }
  });

  test("has those of one unit as among all", async () => {
    const all = await model.exact(image);
    for (const unit of [0, 4, 11]) {
      const one = await model.exact(image, { unit });
      expect(one.geometricMean?.data).toEqual(all.geometricMean?.data.slice(unit, unit + 1));
      expect(one.nwgm?.data).toEqual(all.nwgm?.data.slice(unit, unit + 1));
    }
  });
});
