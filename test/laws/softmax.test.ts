import fc from "fast-check";
import { expect, test } from "vitest";
import { batchOf, withModel } from "../agreement/buildModel.ts";
import { methodsFor } from "../agreement/exactMethods.ts";
import { everyActivation, randomNetwork } from "../agreement/randomNetwork.ts";
import { propertyRuns } from "../agreement/runs.ts";
import { normalRows } from "../oracle/values.ts";

test("the probabilities of a softmax group have means that sum to 1, as has its NWGM", async () => {
  await fc.assert(
    fc.asyncProperty(
      randomNetwork({ activations: everyActivation, outputActivations: ["softmax"] }),
      async (description) => {
        const total = (data: ArrayLike<number> | undefined): number =>
          Array.from(data ?? []).reduce((sum, value) => sum + value, 0);
        const x = batchOf(normalRows(34, 1, description.inputs));
        await withModel(description, async (model) => {
          // Every mask: no formula has a softmax.
          expect(methodsFor(model)).toEqual(["reference", "nested"]);
          for (const method of methodsFor(model)) {
            const result = await model.exact(x, { method });
            expect(total(result.mean.data)).toBeCloseTo(1, 13);
            expect(total(result.nwgm?.data)).toBeCloseTo(1, 13);
            expect(total(result.geometricMean?.data)).toBeLessThanOrEqual(1 + 1e-13);
          }
        });
      },
    ),
    propertyRuns(30, 1000),
  );
});
