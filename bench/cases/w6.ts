import type { DenseLayer } from "../data/network.ts";
import { noise, RandomWords } from "../data/random.ts";
import { forwardRow } from "../reference/forward.ts";
import type { Training } from "../work/work.ts";
import type { Case, Goal } from "./case.ts";
import { adam, trainingProducts } from "./epoch.ts";
import { reluInputs, reluNetwork } from "./relu.ts";
import { checkTraining } from "./trainingExpectation.ts";

const ROWS = 10_000;

const title =
  "training: one epoch of 784-512-512-10 ReLU, hidden rate 0.5, 10,000 rows in batches of 128, Adam";

export const w6 = trainedEpoch("W6", title, "independent", [
  { variant: "relaxed", atMostMs: 1000 },
  { variant: "wide", atMostMs: 650 },
  { variant: "relaxed", threads: 2, speedup: 1.5 },
]);

export const w6s = trainedEpoch("W6s", `${title}, one mask for each batch`, "shared", [
  { variant: "relaxed", atMostMs: 500 },
]);

function trainedEpoch(
  name: string,
  caseTitle: string,
  masks: Training["masks"],
  goals: readonly Goal[],
): Case {
  return {
    name,
    title: caseTitle,
    goals,
    load() {
      const work = epoch(masks);
      const products = trainingProducts(work.network.map(({ kernel }) => kernel.length));
      return { work, amount: { passes: ROWS, products: ROWS * products }, check: checkTraining(name) };
    },
  };
}

/** Returns an epoch over rows whose class is the largest of ten linear functions. */
function epoch(masks: Training["masks"]): Training {
  const x = reluInputs(ROWS);
  const inputs = x.length / ROWS;
  const random = new RandomWords(66);
  const teacher: DenseLayer = {
    inputs,
    units: 10,
    activation: "linear",
    rate: 0,
    kernel: noise(inputs * 10, 1, random),
    bias: undefined,
  };
  const labels = Float32Array.from({ length: ROWS }, (_, row) => {
    const scores = forwardRow([teacher], x.subarray(row * inputs, (row + 1) * inputs));
    return scores.indexOf(Math.max(...scores));
  });
  return {
    ...{ kind: "training", convolutions: [], network: reluNetwork(), x, labels, rows: ROWS },
    ...{ batchSize: 128, masks, adam },
  };
}
