import { adam, dense, sequential, sgd } from "thinned";
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
    await expectError(fit, RangeError, "row", "example", "batch");
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

describe("callbacks", () => {
  const fitWith = (callback: object) => model.fit(x, y, { loss, callbacks: [callback] });

  test("of an unknown name are refused", async () => {
    await expectError(
      () => fitWith({ onEpochEnds: () => undefined }),
      TypeError,
      "onEpochEnds",
      "did you mean onEpochEnd ",
    );
    class Misspelt {
      onEpochEnds(): void {}
    }
    await expectError(() => fitWith(new Misspelt()), TypeError, "Misspelt", "onEpochEnd");
  });

  test("may be methods of an object with fields of its own", async () => {
    class Counter {
      epochs = 0;
      onEpochEnd(): void {
        this.epochs++;
      }
    }
    const counter = new Counter();
    await model.fit(x, y, { loss, epochs: 3, callbacks: [counter] });
    expect(counter.epochs).toBe(3);
  });
});

describe("validationSplit", () => {
  test.each([
    [10, 0.1, 9],
    [10, 0.8, 2],
    [10, 0.7, 3],
    [5, 0.6, 2],
    [1000, 0.999, 1],
    [4, 0.9, 1],
    [4, 0.999, 1],
  ])("of %d rows at %d trains on %d", async (rows, validationSplit, wanted) => {
    const own = newModel();
    let seen = 0;
    const inputs = Array.from({ length: rows }, () => [1, 2, 3, 4]);
    const labels = inputs.map(() => 0);
    const callbacks = [{ onBatchEnd: () => void seen++ }];
    await own.fit(inputs, labels, { loss, validationSplit, batchSize: 1, callbacks });
    expect(seen).toBe(wanted);
    own.dispose();
  });

  test("of a single row, or that leaves no row to validate on, throws RangeError", async () => {
    const fitSplit = (rows: number, validationSplit: number) =>
      model.fit(
        Array.from({ length: rows }, () => [1, 2, 3, 4]),
        new Array(rows).fill(0),
        { loss, validationSplit },
      );
    await expectError(() => fitSplit(1, 0.9), RangeError, "validationSplit 0.9 of 1 rows");
    await expectError(
      () => fitSplit(10, 0.01),
      RangeError,
      "validationSplit 0.01 of 10 rows",
      "0 to validate",
    );
  });
});

describe("metrics", () => {
  test("of accuracy are refused where outputs are no classes, and say why", async () => {
    const linear = sequential([dense(1, { name: "height" })], { inputShape: [4], seed: 1 });
    for (const of of ["meanSquaredError", "meanAbsoluteError"] as const) {
      const options = { loss: of, metrics: ["accuracy"] as const };
      await expectError(() => linear.fit(x, y, options), RangeError, "accuracy", "height", "linear", of);
      await expectError(() => linear.evaluate(x, y, options), RangeError, "accuracy", "softmax or sigmoid");
    }
    linear.dispose();
  });

  test("with holes are refused", async () => {
    const metrics: "accuracy"[] = [];
    metrics[1] = "accuracy";
    await expectError(() => model.evaluate(x, y, { loss, metrics }), TypeError, "metrics[0]", "undefined");
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
