import { makeNetwork, productsPerRow } from "../data/network.ts";
import { noise, RandomWords } from "../data/random.ts";
import type { Sampling } from "../work/work.ts";
import type { Case } from "./case.ts";
import { checkSampling } from "./sampledExpectation.ts";

/** For its answer alone a part will do: sample `t` is the same in both, and the check knows how many there are. */
const SAMPLES = { whole: 10_000, brief: 128 } as const;

export const w2: Case = {
  name: "W2",
  title:
    "784-1200-1200-1200-1200-10 logistic, input rate 0.2, hidden rate 0.5: one input, 10,000 independent masks, moments of all 4,810 units",
  goals: [
    { variant: "relaxed", against: "numpy", atLeast: 1 },
    { variant: "wide", against: "numpy", atLeast: 1 / 0.65 },
  ],
  load(effort) {
    const work = logisticSampling(SAMPLES[effort]);
    return {
      work,
      amount: { passes: work.samples, products: work.samples * productsPerRow(work.network) },
      check: checkSampling("W2", work),
    };
  },
};

/** The network of Baldi & Sadowski (2013), section 6, with random weights. */
function logisticSampling(samples: number): Sampling {
  const widths = [784, 1200, 1200, 1200, 1200, 10];
  const network = makeNetwork(
    { widths, hidden: "sigmoid", output: "sigmoid", inputRate: 0.2, hiddenRate: 0.5 },
    2,
  );
  const x = noise(784, 0.5, new RandomWords(22)).map((value) => value + 0.5);
  return {
    kind: "sampling",
    convolutions: [],
    network,
    x,
    rows: 1,
    samples,
    masks: "independent",
    layers: "all",
  };
}
