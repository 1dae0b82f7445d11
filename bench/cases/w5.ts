import type { DenseLayer } from "../data/network.ts";
import { noise, RandomWords } from "../data/random.ts";
import { convolveRow } from "../reference/convolve.ts";
import { forwardRow } from "../reference/forward.ts";
import type { ExpectedMoments } from "../reference/moments.ts";
import { checkSampled } from "../reference/sampledError.ts";
import { linearMoments } from "../reference/sumOfGates.ts";
import { type Answer, meanOf, numbersOf, varianceOf } from "../work/answer.ts";
import type { Sampling } from "../work/work.ts";
import type { Case } from "./case.ts";
import { leNet, leNetProducts, PIXELS } from "./leNet.ts";

const ROWS = 100;
const SAMPLES = 100;
const UNITS = 10;

/** Rows between those that are checked. */
const STRIDE = { whole: 1, brief: 9 } as const;

export const w5: Case = {
  name: "W5",
  title: "LeNet, rate 0.5 before the last layer: 100 images, 100 shared masks",
  goals: [{ variant: "relaxed", atMostMs: 20 }],
  load(effort) {
    const layers = leNet();
    const work: Sampling = {
      kind: "sampling",
      ...layers,
      x: noise(ROWS * PIXELS, 0.5, new RandomWords(555)),
      rows: ROWS,
      samples: SAMPLES,
      masks: "shared",
      layers: "output",
    };
    const passes = ROWS * SAMPLES;
    const products = leNetProducts(layers).reduce((sum, count) => sum + count, 0);
    return { work, amount: { passes, products: passes * products }, check: checkRows(work, STRIDE[effort]) };
  },
};

/** Only the last layer is behind gates, and it is linear: its moments are known exactly. */
function checkRows({ convolutions, network, x }: Sampling, stride: number): (answer: Answer) => void {
  const index = network.length - 1;
  let expected: ExpectedMoments[] | undefined;
  return (answer) => {
    const mean = numbersOf(answer, meanOf(index), ROWS * UNITS);
    const variance = numbersOf(answer, varianceOf(index), ROWS * UNITS);
    expected ??= Array.from({ length: Math.ceil(ROWS / stride) }, (_, i) => {
      const image = x.subarray(i * stride * PIXELS, (i * stride + 1) * PIXELS);
      const activities = forwardRow(network.slice(0, index), convolveRow(convolutions, image));
      return linearMoments(network[index] as DenseLayer, activities);
    });
    for (const [i, moments] of expected.entries()) {
      const [first, end] = [i * stride * UNITS, (i * stride + 1) * UNITS];
      checkSampled(mean.subarray(first, end), variance.subarray(first, end), {
        name: `row ${i * stride}`,
        expected: moments,
        expectedSamples: Number.POSITIVE_INFINITY,
        samples: SAMPLES,
      });
    }
  };
}
