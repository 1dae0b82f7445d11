// Which rows of a split are learned from, chosen by and scored on: what the pieces are asked for is written down while they do it.
import { beforeEach, expect, test, vi } from "vitest";
import type { RegressionSet } from "../../reproduce/uci/regressionSet.ts";
import { runSplit } from "../../reproduce/uci/split.ts";

const { asked, likelihood } = vi.hoisted(() => ({
  asked: [] as { what: string; targets: readonly number[]; rate?: number; tau: number }[],
  likelihood: { of: (_rate: number, _tau: number): number => 0 },
}));

vi.mock("../../reproduce/uci/network.ts", () => ({
  train: async (rows: { targets: number[]; inputs: number[][] }, setting: { rate: number; tau: number }) => {
    const { rate, tau } = setting;
    // A row of this set has its number for an input and ten times that for a target.
    expect(rows.inputs).toEqual(rows.targets.map((target) => [target / 10]));
    asked.push({ what: "train", targets: rows.targets, rate, tau });
    return { rate, [Symbol.dispose]: () => undefined };
  },
}));

vi.mock("../../reproduce/uci/score.ts", () => ({
  logLikelihoodOf: async ({ rate }: { rate: number }, rows: { targets: number[] }, tau: number) => {
    asked.push({ what: "choose", targets: rows.targets, rate, tau });
    return likelihood.of(rate, tau);
  },
  scoresOf: async ({ rate }: { rate: number }, rows: { targets: number[] }, tau: number) => {
    asked.push({ what: "score", targets: rows.targets, rate, tau });
    return { rmse: 7 };
  },
}));

const numbers = Array.from({ length: 12 }, (_, row) => row);
// Eleven rows to learn from, in an order of their own; 80 % of them are 8.8.
const trained = [11, 3, 5, 7, 1, 9, 0, 2, 4, 6, 8];
const set: RegressionSet = {
  inputs: numbers.map((row) => [row]),
  targets: numbers.map((row) => 10 * row),
  columns: { inputs: [0], target: 1 },
  splits: [
    { train: [0], test: [1] },
    { train: trained, test: [10] },
  ],
  rates: [0.1, 0.2],
  taus: [1, 2, 3],
  hiddenUnits: 50,
  epochs: 4000,
  fingerprint: "",
};
const learned = [110, 30, 50, 70, 10, 90, 0, 20];
const validation = [40, 60, 80];

beforeEach(() => {
  asked.length = 0;
});

test("every setting learns from the first 80 % of the training rows and is judged by the last 20 %", async () => {
  likelihood.of = (rate, tau) => (rate === 0.2 && tau === 2 ? -1 : -2);
  let networks = 0;
  const found = await runSplit(set, 1, 40, () => networks++);
  const grid = set.rates.flatMap((rate) => set.taus.map((tau) => ({ rate, tau })));
  expect(asked.slice(0, 12)).toEqual(
    grid.flatMap((setting) => [
      { what: "train", targets: learned, ...setting },
      { what: "choose", targets: validation, ...setting },
    ]),
  );
  expect(networks).toBe(7);
  expect(found).toMatchObject({ split: 1, rate: 0.2, tau: 2, rmse: 7 });
});

test("the best setting learns from all training rows, and no test row is seen before the scores", async () => {
  likelihood.of = (rate, tau) => -rate - tau;
  await runSplit(set, 1, 40, () => undefined);
  expect(asked.slice(12)).toEqual([
    { what: "train", targets: trained.map((row) => 10 * row), rate: 0.1, tau: 1 },
    { what: "score", targets: [100], rate: 0.1, tau: 1 },
  ]);
  for (const { targets } of asked.slice(0, 13)) expect(targets).not.toContain(100);
});
