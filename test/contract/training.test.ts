import { adam, sgd } from "thinned";
import { afterAll, describe, expect, test } from "vitest";
import { normalRows } from "../oracle/values.ts";
import { expectError } from "./expectError.ts";
import { loss, newModel, x, y } from "./model.ts";

const model = newModel();
afterAll(() => model.dispose());

describe("fit()", () => {
  test.each([0, -1, 1.5, Number.NaN, Infinity])("throws RangeError when epochs is %d", async (epochs) => {
    await expectError(() => model.fit(x, y, { epochs, loss }), RangeError, "epochs", String(epochs));
  });

  test.each([0, -1, 1.5, Number.NaN])("throws RangeError when batchSize is %d", async (batchSize) => {
    await expectError(
      () => model.fit(x, y, { epochs: 1, loss, batchSize }),
      RangeError,
      "batchSize",
      String(batchSize),
    );
  });

  test.each([-0.1, 1, Number.NaN])(
    "throws RangeError when validationSplit is %d",
    async (validationSplit) => {
      const fit = () => model.fit(x, y, { epochs: 1, loss, validationSplit });
      await expectError(fit, RangeError, "validationSplit", String(validationSplit));
    },
  );

  test("names the kinds of mask sharing when given another", async () => {
    const fit = () => model.fit(x, y, { epochs: 1, loss, maskSharing: "row" as never });
    await expectError(fit, Error, "row", "example", "batch");
  });

  test("records one loss and one accuracy an epoch, for training and validation data", async () => {
    const own = newModel();
    const rows = normalRows(3, 20, 4).map((row) => [...row]);
    const labels = rows.map((_, row) => row % 3);
    const { history, epoch } = await own.fit(rows, labels, {
      epochs: 3,
      batchSize: 4,
      loss,
      metrics: ["accuracy"],
      validationSplit: 0.25,
      seed: 1,
    });
    expect(epoch).toEqual([0, 1, 2]);
    for (const series of [history.loss, history.valLoss, history.accuracy, history.valAccuracy]) {
      expect(series).toHaveLength(3);
      expect(series?.every(Number.isFinite)).toBe(true);
    }
    own.dispose();
  });
});

describe("the optimisers", () => {
  test.each([0, -1, Number.NaN, Infinity])(
    "throw RangeError when the learning rate is %d",
    async (learningRate) => {
      await expectError(() => sgd({ learningRate }), RangeError, "learningRate", String(learningRate));
      await expectError(() => adam({ learningRate }), RangeError, "learningRate", String(learningRate));
    },
  );

  test("throw RangeError when a momentum is outside [0, 1)", async () => {
    for (const value of [-0.1, 1, Number.NaN]) {
      await expectError(() => sgd({ momentum: value }), RangeError, "momentum", String(value));
      await expectError(() => adam({ beta1: value }), RangeError, "beta1", String(value));
      await expectError(() => adam({ beta2: value }), RangeError, "beta2", String(value));
    }
  });
});
