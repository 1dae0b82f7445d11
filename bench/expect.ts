// Writes the expectations of the cases that no formula covers, from the definitions in double precision: minutes each.
// `node bench/expect.ts W2 W3 W6`
import { writeFileSync } from "node:fs";
import { expectationFile, type SampledExpectation } from "./cases/sampledExpectation.ts";
import { w2 } from "./cases/w2.ts";
import { w3 } from "./cases/w3.ts";
import { epoch, type Spread, type TrainingExpectation } from "./cases/w6.ts";
import { RandomWords } from "./data/random.ts";
import type { ExpectedMoments } from "./reference/moments.ts";
import { sampleRow } from "./reference/sample.ts";
import { train } from "./reference/train.ts";
import { reportedLayers, type Sampling } from "./work/work.ts";

/** Significant digits that are kept: sampling leaves fewer. */
const DIGITS = 5;

const writers: Readonly<Record<string, () => SampledExpectation | TrainingExpectation>> = {
  W2: () => sampled(w2.load("whole").work as Sampling, [0], 40_000),
  // The rows fall on every place of a tile.
  W3: () => sampled(w3.load("whole").work as Sampling, multiplesOf(37, 1000), 10_000),
  W6: () => trained(7),
};

for (const name of process.argv.slice(2)) {
  const write = writers[name];
  if (write === undefined)
    throw new RangeError(`Cannot write ${name}: one of ${Object.keys(writers)} is wanted`);
  writeFileSync(expectationFile(name), `${JSON.stringify(write())}\n`);
}

function sampled(work: Sampling, rows: readonly number[], samples: number): SampledExpectation {
  const random = new RandomWords(samples);
  const inputs = work.x.length / work.rows;
  const byRow = rows.map((row) =>
    sampleRow(work.network, work.x.subarray(row * inputs, (row + 1) * inputs), samples, random),
  );
  const layers = reportedLayers(work).map((layer) => {
    const gather = (name: keyof ExpectedMoments) =>
      byRow.flatMap((moments) => Array.from(moments[layer]?.[name] ?? [], rounded));
    return { mean: gather("mean"), variance: gather("variance"), fourth: gather("fourth") };
  });
  return { samples, rows, layers };
}

function trained(seeds: number): TrainingExpectation {
  const work = epoch();
  const losses = Array.from({ length: seeds }, (_, seed) => train(work, seed + 1));
  return {
    training: spread(losses.map(({ training }) => training)),
    trained: spread(losses.map((loss) => loss.trained)),
  };
}

function spread(values: readonly number[]): Spread {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean: rounded(mean), deviation: rounded(Math.sqrt(squares / (values.length - 1))) };
}

function multiplesOf(step: number, end: number): number[] {
  return Array.from({ length: Math.ceil(end / step) }, (_, i) => i * step);
}

function rounded(value: number): number {
  return Number(value.toPrecision(DIGITS));
}
