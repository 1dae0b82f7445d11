import { readFileSync } from "node:fs";
import type { ExpectedMoments } from "../reference/moments.ts";
import { checkSampled } from "../reference/sampledError.ts";
import { type Answer, meanOf, numbersOf, varianceOf } from "../work/answer.ts";
import { reportedLayers, type Sampling } from "../work/work.ts";

/** Moments that many samples in double precision gave, as `expect.ts` writes them. */
export interface SampledExpectation {
  readonly samples: number;
  /** Which rows of the work they are of. */
  readonly rows: readonly number[];
  /** Of the reported layers: `[rows, units]`. */
  readonly layers: readonly ExpectedMoments[];
}

/** Returns where the expectation of a case stands. */
export function expectationFile(name: string): URL {
  return new URL(`../expected/${name}.json`, import.meta.url);
}

/** Returns a check of sampled moments against the expectation of the case `name`. */
export function checkSampling(name: string, work: Sampling): (answer: Answer) => void {
  let expectation: SampledExpectation | undefined;
  return (answer) => {
    expectation ??= JSON.parse(readFileSync(expectationFile(name), "utf8")) as SampledExpectation;
    const { samples, rows, layers } = expectation;
    for (const [i, layer] of reportedLayers(work).entries()) {
      const units = work.network[layer]?.units ?? 0;
      const pick = (named: string) => {
        const numbers = numbersOf(answer, named, work.rows * units);
        return rows.flatMap((row) => [...numbers.subarray(row * units, (row + 1) * units)]);
      };
      checkSampled(pick(meanOf(layer)), pick(varianceOf(layer)), {
        name: `layer ${layer + 1}`,
        expected: layers[i] as ExpectedMoments,
        expectedSamples: samples,
        samples: work.samples,
      });
    }
  };
}
