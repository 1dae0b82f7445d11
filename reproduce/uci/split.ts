import { type Rows, train } from "./network.ts";
import type { RegressionSet } from "./regressionSet.ts";
import { logLikelihoodOf, type Scores, scoresOf } from "./score.ts";

/** What one split came to. */
export interface SplitResult extends Scores {
  readonly split: number;
  /** The point of the grid that was best on the validation rows. */
  readonly rate: number;
  readonly tau: number;
  readonly seconds: number;
}

/** Share of the training rows that the search learns from; the others, the last ones, choose. */
const TRAINING_SHARE = 0.8;

/** Searches the grid on the training rows of one split, trains on all of them, and scores on the test rows. */
export async function runSplit(
  set: RegressionSet,
  split: number,
  epochs: number,
  onTrained: () => void,
): Promise<SplitResult> {
  const started = performance.now();
  const { train: trainRows, test: testRows } = set.splits[split] as RegressionSet["splits"][number];
  const learned = Math.floor(TRAINING_SHARE * trainRows.length);
  const seed = 1000 * (split + 1);
  const common = { hiddenUnits: set.hiddenUnits, epochs };
  const grid = set.rates.flatMap((rate) => set.taus.map((tau) => ({ rate, tau })));
  let best = { rate: Number.NaN, tau: Number.NaN, logLikelihood: Number.NEGATIVE_INFINITY };
  for (const [index, { rate, tau }] of grid.entries()) {
    using trained = await train(rowsOf(set, trainRows.slice(0, learned)), {
      ...common,
      rate,
      tau,
      seed: seed + 10 * (index + 1),
    });
    const logLikelihood = await logLikelihoodOf(trained, rowsOf(set, trainRows.slice(learned)), tau, seed);
    if (logLikelihood > best.logLikelihood) best = { rate, tau, logLikelihood };
    onTrained();
  }
  const { rate, tau } = best;
  using trained = await train(rowsOf(set, trainRows), { ...common, rate, tau, seed });
  const scores = await scoresOf(trained, rowsOf(set, testRows), tau, seed);
  onTrained();
  return { split, rate, tau, ...scores, seconds: (performance.now() - started) / 1000 };
}

function rowsOf({ inputs, targets, columns }: RegressionSet, rows: readonly number[]): Rows {
  return {
    columns,
    inputs: rows.map((row) => inputs[row] as readonly number[]),
    targets: rows.map((row) => targets[row] as number),
  };
}
