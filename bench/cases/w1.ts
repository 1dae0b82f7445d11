import { noise, RandomWords } from "../data/random.ts";
import { forwardRow } from "../reference/forward.ts";
import { numbersOf, output, WrongAnswer } from "../work/answer.ts";
import type { Forward } from "../work/work.ts";
import type { Case } from "./case.ts";

const SIZE = 1200;

/** Of the product of the norms of a row and a column: some hundred times what 1,200 sums in float32 round. */
const ROUNDING = 1e-6;

/** Rows between those that are checked; 7 goes round every place of a tile. */
const STRIDE = { whole: 1, brief: 7 } as const;

/** Its V8 makes slower code of the same module, and it has no other build. */
const isNode20 = process.versions.node.startsWith("20.");

export const w1: Case = {
  name: "W1",
  title: `product of two float32 matrices, ${SIZE} × ${SIZE} each, packing included`,
  goals: [
    { variant: "relaxed", against: "numpy", atLeast: 0.48 },
    { variant: "wide", against: "numpy", atLeast: 0.8 },
    { variant: "simd128", against: "numpy", atLeast: isNode20 ? 0.34 : 0.38 },
  ],
  load(effort) {
    const work = product();
    let tolerated: Tolerated[] | undefined;
    return {
      work,
      amount: { passes: SIZE, products: SIZE ** 3 },
      check(answer) {
        const numbers = numbersOf(answer, output, SIZE * SIZE);
        tolerated ??= exactRows(work, STRIDE[effort]);
        for (const { row, values, tolerance } of tolerated) {
          for (let column = 0; column < SIZE; column++) {
            const [value, expected] = [numbers[row * SIZE + column] as number, values[column] as number];
            if (Math.abs(value - expected) <= (tolerance[column] as number)) continue;
            throw new WrongAnswer(`element [${row}, ${column}] is ${value}, ${expected} is wanted`);
          }
        }
      },
    };
  },
};

/** Returns the product as forward work: one linear layer without bias. */
function product(): Forward {
  const random = new RandomWords(1);
  const kernel = noise(SIZE * SIZE, 1, random);
  const layer = {
    inputs: SIZE,
    units: SIZE,
    activation: "linear",
    rate: 0,
    kernel,
    bias: undefined,
  } as const;
  return { kind: "forward", network: [layer], x: noise(SIZE * SIZE, 1, random), rows: SIZE };
}

interface Tolerated {
  readonly row: number;
  readonly values: Float64Array;
  readonly tolerance: Float64Array;
}

/** Rows of the product in double precision, and how far off a float32 sum may be. */
function exactRows({ network, x }: Forward, stride: number): Tolerated[] {
  const kernel = network[0]?.kernel ?? new Float32Array();
  const squares = new Float64Array(SIZE);
  for (const [i, weight] of kernel.entries()) squares[i % SIZE] = (squares[i % SIZE] as number) + weight ** 2;
  return Array.from({ length: Math.ceil(SIZE / stride) }, (_, i) => {
    const row = i * stride;
    const line = x.subarray(row * SIZE, (row + 1) * SIZE);
    const norm = Math.hypot(...line);
    return {
      row,
      values: forwardRow(network, line),
      tolerance: squares.map((square) => ROUNDING * norm * Math.sqrt(square)),
    };
  });
}
