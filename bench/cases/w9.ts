import { type Floats, noise, RandomWords } from "../data/random.ts";
import type { Training } from "../work/work.ts";
import type { Case, Effort } from "./case.ts";
import { adam, trainingProducts } from "./epoch.ts";
import { leNet, leNetProducts, PIXELS } from "./leNet.ts";
import { checkTraining } from "./trainingExpectation.ts";
import { w1 } from "./w1.ts";

/** For its answer alone a few steps will do, and without gates: their loss is one number, in which any wrong gradient shows. */
const ROWS = { whole: 10_000, brief: 512 } as const;

const CLASSES = 10;

/** Of the image of a class, where that of the noise is 0.5: an epoch learns most of it, and not all. */
const CONTRAST = 0.15;

export const w9: Case = {
  name: "W9",
  title:
    "training: one epoch of LeNet, rate 0.5 before the last layer, 10,000 images in batches of 128, Adam",
  goals: [{ variant: "relaxed", against: "W1 on relaxed", atLeast: 0.4 }],
  load(effort) {
    const work = imageEpoch(effort);
    const products = trainingProducts(leNetProducts(work));
    return {
      work,
      amount: { passes: work.rows, products: work.rows * products },
      check: checkTraining(imageExpectation[effort]),
      yardstick: { variant: "relaxed", name: "W1 on relaxed", of: w1 },
    };
  },
};

/** The names of the expectations. */
const imageExpectation = { whole: "W9", brief: "W9-brief" } as const;

/** Returns an epoch over images of ten classes: the image of the class, and noise. */
function imageEpoch(effort: Effort): Training {
  const rows = ROWS[effort];
  const { convolutions, network } = leNet();
  const random = new RandomWords(99);
  const classes = noise(CLASSES * PIXELS, CONTRAST, random);
  const labels = Float32Array.from({ length: rows }, () => Math.floor(CLASSES * random.uniform()));
  const x: Floats = noise(rows * PIXELS, 0.5, random);
  for (let i = 0; i < x.length; i++) {
    const label = labels[Math.floor(i / PIXELS)] as number;
    x[i] = (x[i] as number) + (classes[label * PIXELS + (i % PIXELS)] as number);
  }
  return {
    ...{ kind: "training", convolutions, x, labels, rows },
    network: effort === "whole" ? network : network.map((layer) => ({ ...layer, rate: 0 })),
    ...{ batchSize: 128, masks: "independent", adam },
  };
}
