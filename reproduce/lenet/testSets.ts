import { type Digits, image, pixels } from "../../examples/mnist/dataset.ts";
import { rotate } from "../../examples/mnist/rotate.ts";
import type { Config } from "./options.ts";

/** Numbers in [0, 1) by Mulberry32: the same on every run. */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let word = Math.imul(state ^ (state >>> 15), state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Images of the noise that the figure of entropy by rotation compares with. */
export const noiseImages = 100;

/** What `testSetsOf` and the noise of the figure make, for readers of the tables. */
export function describeTestSets({ testRows, validationRows, turn, noise }: Config): string {
  const rows = testRows.toLocaleString("en");
  return [
    `All three test sets are the same ${rows} digits of MNIST, with grey values in [0, 1]:`,
    "",
    "* *clean*: as they are;",
    `* *rotated*: each turned about the centre of its image by an angle of its own, uniform from −${turn}° to ${turn}° (bilinear; what comes from`,
    "  outside is background);",
    `* *noisy*: independent normal noise of standard deviation ${noise} added to every grey value, what leaves [0, 1] set to its nearer end.`,
    "",
    `The images that are *no digits* are as many: the clean digits with their ${pixels} pixels in one other order, drawn once and the same for all,`,
    "so that their grey values are those of digits and their strokes are gone. The *noise* in the figure of entropy by rotation is",
    `${noiseImages} images whose grey values are uniform in [0, 1]. The temperature is fitted to the last ${validationRows.toLocaleString("en")} training digits, which the`,
    "network did not learn from; calibration errors have 15 bins. *Errors* are the wrong answers on clean digits.",
  ].join("\n");
}

/** The test digits as they are, turned, and with noise; and as many images that are no digits: their pixels in one other order. */
export function testSetsOf(test: Digits, { turn, noise, seed }: Config) {
  const rows = test.labels.shape[0];
  const next = randomNumbers(seed + 4);
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  const changed = (change: (source: Float32Array) => ArrayLike<number>): Digits => {
    const data = new Float32Array(rows * pixels);
    for (let row = 0; row < rows; row++) data.set(change(image(test, row)), row * pixels);
    return { images: { data, shape: [rows, pixels] }, labels: test.labels };
  };
  const order = shuffled(pixels, next);
  return {
    sets: {
      clean: test,
      rotated: changed((source) => rotate(source, turn * (2 * next() - 1))),
      noisy: changed((source) => source.map((grey) => Math.min(1, Math.max(0, grey + noise * normal())))),
    },
    noDigits: changed((source) => source.map((_, pixel) => source[order[pixel] as number] as number)),
  };
}

function shuffled(count: number, next: () => number): number[] {
  const order = [...Array(count).keys()];
  for (let last = count - 1; last > 0; last--) {
    const other = Math.floor(next() * (last + 1));
    [order[last], order[other]] = [order[other] as number, order[last] as number];
  }
  return order;
}

/** Rows `first` up to `end` of some digits. */
export function rowsOf({ images, labels }: Digits, first: number, end: number): Digits {
  return {
    images: { data: images.data.subarray(first * pixels, end * pixels), shape: [end - first, pixels] },
    labels: { data: labels.data.subarray(first, end), shape: [end - first] },
  };
}
