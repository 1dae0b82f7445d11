import { makeNetwork } from "../data/network.ts";
import { type Floats, noise, RandomWords } from "../data/random.ts";

const WIDTHS = [784, 512, 512, 10] as const;

/** The network of W3, W6 and W7: 784-512-512-10 ReLU, dropout 0.5 on both hidden layers, linear outputs. */
export function reluNetwork() {
  return makeNetwork({ widths: WIDTHS, hidden: "relu", output: "linear", inputRate: 0, hiddenRate: 0.5 }, 3);
}

/** Returns rows of inputs in [-0.5, 0.5); none is zero throughout, so no program can leave products out. */
export function reluInputs(rows: number): Floats {
  return noise(rows * WIDTHS[0], 0.5, new RandomWords(33));
}
