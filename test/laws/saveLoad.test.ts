// A model that went through a file is the same model, to the bit.
import fc from "fast-check";
import { load } from "thinned";
import { describe, expect, test } from "vitest";
import { batchOf, withModel } from "../agreement/buildModel.ts";
import { everyActivation, randomNetwork } from "../agreement/randomNetwork.ts";
import { propertyRuns } from "../agreement/runs.ts";
import { normalRows } from "../oracle/values.ts";

describe("load(save())", () => {
  test("predicts, samples and sums up the same bits, in any graph", async () => {
    await fc.assert(
      fc.asyncProperty(randomNetwork({ activations: everyActivation, nodes: 8 }), async (description) => {
        const x = batchOf(normalRows(111, 3, description.inputs));
        await withModel(description, async (model) => {
          const copy = await load(await model.save());
          try {
            expect(copy.predict(x)).toEqual(model.predict(x));
            expect(copy.getWeights()).toEqual(model.getWeights());
            expect(copy.layers.map(({ name }) => name)).toEqual(model.layers.map(({ name }) => name));
            // The model's own seed travels with it.
            const [sampled, again] = [
              await model.predictMC(x, { samples: 8 }),
              await copy.predictMC(x, { samples: 8 }),
            ];
            expect(again.info.seed).toBe(sampled.info.seed);
            expect(again.mean).toEqual(sampled.mean);
            expect(again.variance).toEqual(sampled.variance);
            expect((await copy.exact(x)).mean).toEqual((await model.exact(x)).mean);
          } finally {
            copy.dispose();
          }
        });
      }),
      propertyRuns(30, 1000),
    );
  });

  test("saves the same bytes again", async () => {
    await fc.assert(
      fc.asyncProperty(randomNetwork({ activations: everyActivation }), async (description) => {
        await withModel(description, async (model) => {
          const bytes = await model.save();
          const copy = await load(bytes);
          expect(await copy.save()).toEqual(bytes);
          copy.dispose();
        });
      }),
      propertyRuns(15, 300),
    );
  });
});
