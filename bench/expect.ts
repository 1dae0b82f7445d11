// Writes the expectations of the cases that no formula covers, from the definitions in double precision: minutes each.
// `node bench/expect.ts W2 W3 W6 W6s W9 W9-brief`
import { writeFileSync } from "node:fs";
import type { Case, Effort } from "./cases/case.ts";
import { expectationFile, type SampledExpectation } from "./cases/sampledExpectation.ts";
import type { Spread, TrainingExpectation } from "./cases/trainingExpectation.ts";
import { w2 } from "./cases/w2.ts";
import { w3 } from "./cases/w3.ts";
import { w6, w6s } from "./cases/w6.ts";
import { w9 } from "./cases/w9.ts";
import { RandomWords } from "./data/random.ts";
import type { ExpectedMoments } from "./reference/moments.ts";
import { sampleRow } from "./reference/sample.ts";
import { train } from "./reference/train.ts";
import { reportedLayers, type Sampling, type Training } from "./work/work.ts";

/** Significant digits that are kept. Sampling leaves fewer than 5; the losses of a network without gates are sharp. */
const DIGITS = 5;
const LOSS_DIGITS = 8;

const writers: Readonly<Record<string, () => Promise<SampledExpectation | TrainingExpectation>>> = {
  W2: async () => sampled((await w2.load("whole")).work as Sampling, [0], 40_000),
  // The rows fall on every place of a tile.
  W3: async () => sampled((await w3.load("whole")).work as Sampling, multiplesOf(37, 1000), 10_000),
  W6: () => trained(w6, "whole", 7),
  W6s: () => trained(w6s, "whole", 7),
  // A hundred seconds a seed; six of numpy in single precision lie within two deviations of these.
  W9: () => trained(w9, "whole", 4),
  "W9-brief": () => trained(w9, "brief", 1),
};

for (const name of process.argv.slice(2)) {
  const write = writers[name];
  if (write === undefined)
    throw new RangeError(`Cannot write ${name}: one of ${Object.keys(writers)} is wanted`);
  writeFileSync(expectationFile(name), `${JSON.stringify(await write())}\n`);
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

async function trained({ load }: Case, effort: Effort, seeds: number): Promise<TrainingExpectation> {
  const work = (await load(effort)).work as Training;
  const losses = Array.from({ length: seeds }, (_, seed) => train(work, seed + 1));
  return {
    training: spread(losses.map(({ training }) => training)),
    trained: spread(losses.map((loss) => loss.trained)),
  };
}

function spread(values: readonly number[]): Spread {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const deviation = values.length === 1 ? 0 : Math.sqrt(squares / (values.length - 1));
  return { mean: rounded(mean, LOSS_DIGITS), deviation: rounded(deviation) };
}

function multiplesOf(step: number, end: number): number[] {
  return Array.from({ length: Math.ceil(end / step) }, (_, i) => i * step);
}

function rounded(value: number, digits = DIGITS): number {
  return Number(value.toPrecision(digits));
}
