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

  test("ends work that is under way without breaking other models", async () => {
    const [busy, other] = [newModel(), newModel()];
    const wanted = other.predict(x);
    const running = busy.predictMC(x, { samples: 100_000, onProgress: () => busy.dispose() });
    await running.catch((error: unknown) => expect(error).toBeInstanceOf(DisposedError));
    expect(other.predict(x)).toEqual(wanted);
    other.dispose();
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
