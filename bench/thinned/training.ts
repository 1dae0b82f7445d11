import { adam, type Pool } from "thinned";
import { batchShape } from "../data/convolution.ts";
import { trainedLoss, trainingLoss } from "../work/answer.ts";
import { type Program, timed } from "../work/program.ts";
import type { Training } from "../work/work.ts";
import { modelBehind, setWeights } from "./model.ts";
import { type BenchVariant, pooledName, programName } from "./variant.ts";

/** One epoch of `fit()`, from the same weights each time. */
export async function training(
  work: Training,
  variant: BenchVariant,
  pool: Pool | undefined,
): Promise<Program> {
  const { convolutions, x, labels, rows, batchSize, masks } = work;
  // The SDK trains a softmax output with the cross-entropy of class numbers.
  const model = await modelBehind(work, "simd128", "softmax");
  const input = { data: x, shape: batchShape(convolutions, rows, x.length / rows) };
  const targets = { data: labels, shape: [rows] };
  const loss = "sparseCategoricalCrossentropy";
  const options = {
    loss,
    optimizer: adam(work.adam),
    batchSize,
    maskSharing: masks === "shared" ? "batch" : "example",
    variant,
    seed: 1,
    shuffle: false,
    pool,
  } as const;
  return {
    ...pooledName(programName(variant), pool),
    run: async () => {
      setWeights(model, work);
      const { answer, timeMs } = await timed(async () => {
        const { history } = await model.fit(input, targets, options);
        return { [trainingLoss]: Float64Array.from(history.loss ?? []) };
      });
      const trained = await model.evaluate(input, targets, { loss });
      return { answer: { ...answer, [trainedLoss]: Float64Array.of(trained.loss) }, timeMs };
    },
    close: () => model.dispose(),
  };
}
