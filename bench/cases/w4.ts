import { makeNetwork } from "../data/network.ts";
import { noise, RandomWords } from "../data/random.ts";
import { logisticMoments } from "../reference/characteristic.ts";
import { enumerate } from "../reference/enumerate.ts";
import type { ExpectedMoments } from "../reference/moments.ts";
import { rectifiedMoments } from "../reference/rectified.ts";
import { type Answer, meanOf, numbersOf, varianceOf, WrongAnswer } from "../work/answer.ts";
import type { Enumeration } from "../work/work.ts";
import type { Case } from "./case.ts";

/** Means and variances of activities below 1, in double precision. */
const ROUNDING = 1e-12;

type Problem = Pick<Enumeration, "network" | "x">;

type Moments = Pick<ExpectedMoments, "mean" | "variance">;

export const w4a: Case = {
  name: "W4a",
  title: "exact: one logistic unit behind 20 gates, each of 2^20 subnetworks",
  goals: [{ variant: "simd128", atMostMs: 3 }],
  load() {
    const work: Enumeration = { ...enumeration([20, 1]), method: "split" };
    return {
      work,
      amount: { passes: 2 ** 20 },
      check: checkLayers(work, behindOneLayer),
    };
  },
};

export const w4aIntegral: Case = {
  name: "W4a-integral",
  title: "exact: the unit of W4a by its characteristic function",
  goals: [{ variant: "simd128", atMostMs: 0.1 }],
  load() {
    const work = { ...enumeration([20, 1]), kind: "uncountable", method: "characteristic" } as const;
    return {
      work,
      amount: { passes: 2 ** 20 },
      check: checkLayers(work, behindOneLayer),
    };
  },
};

export const w4b: Case = {
  name: "W4b",
  title: "exact: 6-6-6-1 sigmoid behind 18 gates, 2^18 subnetworks, all units",
  goals: [{ variant: "simd128", atMostMs: 1 }],
  load() {
    const work = enumeration([6, 6, 6, 1]);
    return {
      work,
      amount: { passes: 2 ** 18 },
      check: checkLayers(work, ({ network, x }) => enumerate(network, x)),
    };
  },
};

export const w4e: Case = {
  name: "W4e",
  title: "exact: one logistic unit behind 30 gates, each of 2^30 subnetworks",
  goals: [
    { variant: "simd128", atMostMs: 1500 },
    { variant: "simd128", threads: 2, speedup: 1.8 },
  ],
  load(effort) {
    // For its answer alone fewer will do, as long as they are cut into blocks.
    const gates = effort === "whole" ? 30 : 27;
    const work = { ...enumeration([gates, 1]), kind: "largeEnumeration" } as const;
    return {
      work,
      amount: { passes: 2 ** gates },
      check: checkLayers(work, behindOneLayer),
    };
  },
};

export const w4d = rectified("W4d", 40, 300);

export const w4dLarge = rectified("W4d-44", 44, 2000);

function rectified(name: string, most: number, atMostMs: number): Case {
  return {
    name,
    title: `exact: one ReLU unit behind ${most} gates, 2^${most} subnetworks`,
    goals: [{ variant: "simd128", atMostMs }],
    load(effort) {
      const gates = effort === "whole" ? most : 30;
      const work = { ...enumeration([gates, 1], "relu"), kind: "uncountable" } as const;
      return {
        work,
        amount: { passes: 2 ** gates },
        check: checkLayers(work, ({ network, x }) => network.map((unit) => rectifiedMoments(unit, x))),
      };
    },
  };
}

/** By another road: the characteristic function of each unit. */
function behindOneLayer({ network, x }: Problem): Moments[] {
  return network.map((unit) => {
    const { mean, variance } = logisticMoments(unit, x);
    return { mean: [mean], variance: [variance] };
  });
}

/** The numbers of an enumeration of a network of random weights; every rate is one half. */
function enumeration(widths: readonly number[], output: "sigmoid" | "relu" = "sigmoid"): Enumeration {
  const outline = { widths, hidden: "sigmoid", output, inputRate: 0.5, hiddenRate: 0.5 } as const;
  const network = makeNetwork(outline, 4);
  return { kind: "enumeration", network, x: noise(widths[0] ?? 0, 1, new RandomWords(44)) };
}

function checkLayers(work: Problem, exact: (work: Problem) => Moments[]): (answer: Answer) => void {
  let expected: Moments[] | undefined;
  return (answer) => {
    expected ??= exact(work);
    for (const [layer, { mean, variance }] of expected.entries()) {
      compare(answer, meanOf(layer), mean);
      compare(answer, varianceOf(layer), variance);
    }
  };
}

function compare(answer: Answer, name: string, expected: ArrayLike<number>): void {
  const numbers = numbersOf(answer, name, expected.length);
  for (const [unit, value] of numbers.entries()) {
    const wanted = expected[unit] as number;
    if (Math.abs(value - wanted) <= ROUNDING) continue;
    throw new WrongAnswer(`${name}, unit ${unit}, is ${value}, ${wanted} is wanted`);
  }
}
