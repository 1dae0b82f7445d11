import { batchShape } from "../../data/convolution.ts";
import type { RandomWords } from "../../data/random.ts";
import type { Training } from "../../work/work.ts";
import { fillGates } from "../gates.ts";
import type { Jax, JaxArray } from "./layers.ts";

/** Rows with one-hot targets and, when they are trained on, gates. A type and not an interface: jit() takes trees of arrays. */
export type Batch = { x: JaxArray; targets: JaxArray; gates: JaxArray[] };

/** Returns `count` rows from `first` on, with gates when there are random words to draw them from. */
export function batchOf(
  { numpy }: Jax,
  { x, labels, rows, masks, convolutions, network }: Training,
  first: number,
  count: number,
  random: RandomWords | undefined,
): Batch {
  const inputs = x.length / rows;
  const classes = network.at(-1)?.units ?? 0;
  const targets = new Float32Array(count * classes);
  for (let row = 0; row < count; row++) targets[row * classes + (labels[first + row] as number)] = 1;
  const gates = network.flatMap(({ rate, inputs: width }) => {
    if (rate === 0 || random === undefined) return [];
    const drawn = masks === "shared" ? 1 : count;
    const factors = new Float32Array(drawn * width);
    fillGates(factors, rate, random);
    return [numpy.array(factors, { shape: [drawn, width] })];
  });
  return {
    x: numpy.array(x.slice(first * inputs, (first + count) * inputs), {
      shape: batchShape(convolutions, count, inputs),
    }),
    targets: numpy.array(targets, { shape: [count, classes] }),
    gates,
  };
}
