import { productsPerRow } from "../data/network.ts";
import { forwardRow } from "../reference/forward.ts";
import { type Answer, numbersOf, output, WrongAnswer } from "../work/answer.ts";
import type { Forward } from "../work/work.ts";
import type { Case } from "./case.ts";
import { reluInputs, reluNetwork } from "./relu.ts";
import { w1 } from "./w1.ts";

/** Of the largest output: some ten times what sums of 784 and 512 products in float32 round. */
const ROUNDING = 1e-5;

/** Rows between those that are checked; prime, so that they fall on every place of a tile. */
const STRIDE = 157;

const UNITS = 10;

export const w7: Case = {
  name: "W7",
  title: "predict of 784-512-512-10 ReLU, 10,000 rows",
  goals: [{ variant: "simd128", against: "W1 on simd128", atLeast: 0.8 }],
  load() {
    const work = prediction(10_000);
    return {
      work,
      amount: { passes: work.rows, products: work.rows * productsPerRow(work.network) },
      check: checkRows(work),
      yardstick: { variant: "simd128", name: "W1 on simd128", of: w1 },
    };
  },
};

export const w7row: Case = {
  name: "W7-row",
  title: "predict of one row of the same network: latency of a call",
  goals: [{ variant: "simd128", atMostMs: 0.15 }],
  load() {
    const work = prediction(1);
    return {
      work,
      amount: { passes: 1, products: productsPerRow(work.network) },
      check: checkRows(work),
    };
  },
};

function prediction(rows: number): Forward {
  return { kind: "forward", network: reluNetwork(), x: reluInputs(rows), rows };
}

function checkRows({ network, x, rows }: Forward): (answer: Answer) => void {
  const inputs = x.length / rows;
  let expected: Float64Array[] | undefined;
  return (answer) => {
    const numbers = numbersOf(answer, output, rows * UNITS);
    expected ??= Array.from({ length: Math.ceil(rows / STRIDE) }, (_, i) =>
      forwardRow(network, x.subarray(i * STRIDE * inputs, (i * STRIDE + 1) * inputs)),
    );
    for (const [i, values] of expected.entries()) {
      const scale = Math.max(...values.map(Math.abs));
      for (const [unit, value] of values.entries()) {
        const given = numbers[i * STRIDE * UNITS + unit] as number;
        if (Math.abs(given - value) <= ROUNDING * scale) continue;
        throw new WrongAnswer(`output [${i * STRIDE}, ${unit}] is ${given}, ${value} is wanted`);
      }
    }
  };
}
