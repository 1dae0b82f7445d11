import { makeNetwork, productsPerRow } from "../data/network.ts";
import { noise, RandomWords } from "../data/random.ts";
import type { ExpectedMoments } from "../reference/moments.ts";
import { oneHiddenLayer } from "../reference/oneHiddenLayer.ts";
import { checkSampled } from "../reference/sampledError.ts";
import { meanOf, numbersOf, varianceOf } from "../work/answer.ts";
import type { Sampling } from "../work/work.ts";
import type { Case } from "./case.ts";

const ROWS = 51;
const INPUTS = 13;
/** For its answer alone a part will do; the check knows how many there are. */
const SAMPLES = { whole: 10_000, brief: 1000 } as const;

/** Rows between those that are checked. */
const STRIDE = { whole: 1, brief: 5 } as const;

export const w8: Case = {
  name: "W8",
  title: "13-50-1 ReLU, rate 0.05 before both layers: 51 inputs, 10,000 shared masks",
  goals: [{ variant: "relaxed", atMostMs: 60 }],
  load(effort) {
    const widths = [INPUTS, 50, 1];
    const network = makeNetwork(
      { widths, hidden: "relu", output: "linear", inputRate: 0.05, hiddenRate: 0.05 },
      8,
    );
    const x = noise(ROWS * INPUTS, 1, new RandomWords(88));
    const work: Sampling = {
      kind: "sampling",
      convolutions: [],
      network,
      x,
      rows: ROWS,
      samples: SAMPLES[effort],
      masks: "shared",
      layers: "output",
    };
    const passes = ROWS * work.samples;
    let expected: Expected[] | undefined;
    return {
      work,
      amount: { passes, products: passes * productsPerRow(network) },
      check(answer) {
        const mean = numbersOf(answer, meanOf(1), ROWS);
        const variance = numbersOf(answer, varianceOf(1), ROWS);
        expected ??= exactMoments(work, STRIDE[effort]);
        for (const { row, moments } of expected) {
          checkSampled(mean.subarray(row, row + 1), variance.subarray(row, row + 1), {
            name: `row ${row}`,
            expected: moments,
            expectedSamples: Number.POSITIVE_INFINITY,
            samples: work.samples,
          });
        }
      },
    };
  },
};

interface Expected {
  readonly row: number;
  readonly moments: ExpectedMoments;
}

function exactMoments({ network, x }: Sampling, stride: number): Expected[] {
  const [hidden, output] = network;
  if (hidden === undefined || output === undefined) throw new Error("Cannot enumerate W8: it has two layers");
  return Array.from({ length: Math.ceil(ROWS / stride) }, (_, i) => {
    const row = i * stride;
    return { row, moments: oneHiddenLayer(hidden, output, x.subarray(row * INPUTS, (row + 1) * INPUTS)) };
  });
}
