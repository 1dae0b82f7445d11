import type { MCResult, Pool } from "thinned";
import { batchShape } from "../data/convolution.ts";
import { type Answer, meanOf, varianceOf } from "../work/answer.ts";
import { type Program, timed } from "../work/program.ts";
import { reportedLayers, type Sampling } from "../work/work.ts";
import { modelBehind } from "./model.ts";
import { type BenchVariant, pooledName, programName } from "./variant.ts";

/** `predictMC()`, as a user calls it. */
export async function sampling(
  work: Sampling,
  variant: BenchVariant,
  pool: Pool | undefined,
): Promise<Program> {
  const { convolutions, x, rows, samples, masks, layers } = work;
  const model = await modelBehind(work, "simd128");
  const input = { data: x, shape: batchShape(convolutions, rows, x.length / rows) };
  const options = { samples, masks, variant, seed: 1, pool };
  const sampled = async (): Promise<MCResult[]> => {
    if (layers === "output") return [await model.predictMC(input, options)];
    return Object.values(await model.predictMC(input, { ...options, layer: "all" }));
  };
  return {
    ...pooledName(programName(variant), pool),
    run: () => timed(async () => answerOf(work, await sampled())),
    close: () => model.dispose(),
  };
}

function answerOf(work: Sampling, results: readonly MCResult[]): Answer {
  const named = reportedLayers(work).flatMap((layer, i) => {
    const { mean, variance } = results[i] as MCResult;
    return [
      [meanOf(layer), mean.data],
      [varianceOf(layer), variance.data],
    ] as const;
  });
  return Object.fromEntries(named);
}
