// The test sets of the LeNet study are what the page of results says that they are.
import { expect, test } from "vitest";
import { describeTestSets, testSetsOf } from "../../reproduce/lenet/testSets.ts";

const [rows, pixels, edge, centre] = [500, 784, 28, 13.5];
const config = { turn: 60, noise: 0.4, seed: 1, testRows: rows, validationRows: 50 } as Parameters<
  typeof testSetsOf
>[1];

function digits(grey: (row: number, pixel: number) => number) {
  const data = Float32Array.from({ length: rows * pixels }, (_, i) =>
    grey(Math.floor(i / pixels), i % pixels),
  );
  return {
    images: { data, shape: [rows, pixels] as [number, number] },
    labels: { data: new Float32Array(rows), shape: [rows] as [number] },
  };
}

const imagesOf = ({ images }: { readonly images: { readonly data: Float32Array } }) =>
  Array.from({ length: rows }, (_, row) => images.data.subarray(row * pixels, (row + 1) * pixels));

test("rotated digits are turned by up to 60 degrees to either side", () => {
  // A bright spot right of the centre: where its light is afterwards is the angle.
  const spot = 13 * edge + 22;
  const { sets } = testSetsOf(
    digits((_, pixel) => Number(pixel === spot || pixel === spot + edge)),
    config,
  );
  const angles = imagesOf(sets.rotated).map((image) => {
    let [down, right] = [0, 0];
    for (const [pixel, grey] of image.entries()) {
      down += grey * (Math.floor(pixel / edge) - centre);
      right += grey * ((pixel % edge) - centre);
    }
    return (Math.atan2(-down, right) * 180) / Math.PI;
  });
  expect(Math.min(...angles)).toBeGreaterThan(-61);
  expect(Math.max(...angles)).toBeLessThan(61);
  // Uniform: a sixth of them in each 20 degrees; the standard error of a share of 500 is 0.017.
  for (let low = -60; low < 60; low += 20) {
    const share = angles.filter((angle) => angle >= low && angle < low + 20).length / rows;
    expect(Math.abs(share - 1 / 6)).toBeLessThan(0.06);
  }
  const text = describeTestSets(config);
  expect(text).toContain("uniform from −60° to 60°");
  expect(text).toContain("same 500 digits");
});

test("noisy digits have normal noise of the deviation 0.4, and stay in [0, 1]", () => {
  const { sets } = testSetsOf(
    digits(() => 0.5),
    config,
  );
  const greys = Array.from(sets.noisy.images.data).sort((a, b) => a - b);
  const quantile = (share: number) => greys[Math.floor(share * greys.length)] as number;
  expect(quantile(0.5)).toBeCloseTo(0.5, 2);
  // Of a normal distribution 0.674 deviations from the middle.
  expect(quantile(0.75) - quantile(0.25)).toBeCloseTo(2 * 0.6745 * 0.4, 2);
  // Beyond 1.25 deviations lie 10.56 % on either side.
  expect([greys[0], greys.at(-1)]).toEqual([0, 1]);
  expect(greys.filter((grey) => grey === 0).length / greys.length).toBeCloseTo(0.1056, 2);
  expect(describeTestSets(config)).toContain("standard deviation 0.4");
});

test("images that are no digits have the pixels of the digits in one other order", () => {
  const test = digits((row, pixel) => row * pixels + pixel);
  const [first = new Float32Array(), ...others] = imagesOf(testSetsOf(test, config).noDigits);
  expect([...first].sort((a, b) => a - b)).toEqual([...Array(pixels).keys()]);
  expect(first.filter((from, pixel) => from === pixel).length).toBeLessThan(10);
  for (const [row, image] of others.entries()) {
    expect(image.every((grey, pixel) => grey === (row + 1) * pixels + (first[pixel] as number))).toBe(true);
  }
});
