import { DisposedError, type graph } from "thinned";
import { describe, expect, test } from "vitest";
import { expectError } from "./expectError.ts";
import { loss, type Model, newModel, x, y } from "./model.ts";

const uses: readonly (readonly [string, (model: Model) => unknown])[] = [
  ["predict", (model) => model.predict(x)],
  ["predictMC", (model) => model.predictMC(x, { samples: 2 })],
  ["exact", (model) => model.exact(x)],
  ["crossCheck", (model) => model.crossCheck(x, { samples: 2 })],
  ["explainExact", (model) => model.explainExact()],
  ["evaluate", (model) => model.evaluate(x, y, { loss })],
  ["fit", (model) => model.fit(x, y, { epochs: 1, loss })],
  ["getWeights", (model) => model.getWeights()],
  ["setWeights", (model) => model.setWeights([])],
  ["save", (model) => model.save()],
];

interface LongOptions {
  onProgress?: () => void;
}
type LongCall = (model: Model, options: LongOptions) => Promise<unknown>;

// Short and long: what ends a call must not depend on how many slices it takes.
const longCalls: readonly (readonly [string, LongCall])[] = [
  ["a short predictMC", (model, options) => model.predictMC(x, { samples: 2, ...options })],
  ["a long predictMC", (model, options) => model.predictMC(x, { samples: 100_000, ...options })],
  ["exact", (model, options) => model.exact(x, options)],
  ["crossCheck", (model, options) => model.crossCheck(x, { samples: 2, ...options })],
  ["evaluate", (model, options) => model.evaluate(x, y, { loss, ...options })],
  ["fit", (model, options) => model.fit(x, y, { epochs: 1, loss, ...options })],
];

describe("dispose()", () => {
  test.each(uses)("makes %s() throw DisposedError, which is a ReferenceError", async (name, use) => {
    const model = newModel();
    model.dispose();
    const error = await expectError(() => use(model), DisposedError, /dispose/);
    expect(error).toBeInstanceOf(ReferenceError);
    expect(error.name).toBe("DisposedError");
    expect(name).toBeTruthy();
  });

  test("may be called twice", () => {
    const model = newModel();
    model.dispose();
    expect(() => model.dispose()).not.toThrow();
  });

  test("stands behind Symbol.dispose", async () => {
    const model = newModel();
    const dispose = model[Symbol.dispose];
    dispose.call(model);
    await expectError(() => model.predict(x), DisposedError);
  });

  test("leaves other models and results that were handed out alone", () => {
    const [kept, freed] = [newModel(), newModel()];
    const prediction = freed.predict(x);
    const copy = [...prediction.data];
    freed.dispose();
    expect([...kept.predict(x).data]).toEqual(copy);
    expect([...prediction.data]).toEqual(copy);
    kept.dispose();
  });

  test.each(longCalls)(
    "ends %s() of any length with DisposedError, however soon it comes",
    async (_, call) => {
      const [busy, other] = [newModel(), newModel()];
      const wanted = other.predict(x);
      const running = call(busy, {});
      busy.dispose();
      await expectError(() => running, DisposedError, /dispose/);
      expect(other.predict(x)).toEqual(wanted);
      other.dispose();
    },
  );

  test.each(longCalls)("ends %s() with DisposedError when onProgress calls it", async (_, call) => {
    const [busy, other] = [newModel(), newModel()];
    const wanted = other.predict(x);
    await expectError(() => call(busy, { onProgress: () => busy.dispose() }), DisposedError, /dispose/);
    expect(other.predict(x)).toEqual(wanted);
    other.dispose();
  });

  test("ends fit() with DisposedError when a callback calls it", async () => {
    const model = newModel();
    const callbacks = [{ onEpochEnd: () => model.dispose() }];
    await expectError(() => model.fit(x, y, { epochs: 2, loss, callbacks }), DisposedError, /dispose/);
  });

  test("many models may come and go", () => {
    const models: ReturnType<typeof graph>[] = [];
    for (let round = 0; round < 200; round++) models.push(newModel());
    for (const model of models) model.dispose();
    const model = newModel();
    expect(model.predict(x).shape).toEqual([2, 3]);
    model.dispose();
  });
});
