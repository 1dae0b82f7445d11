import { BudgetError, dense, dropout, sequential } from "thinned";
import { afterAll, describe, expect, test } from "vitest";
import { expectError } from "./expectError.ts";
import { newModel, x } from "./model.ts";

const model = newModel();
// 4 + 2000 + 2000 gates above relu units: out of reach of every method.
const huge = sequential(
  [
    dropout(0.5),
    dense(2000, { activation: "relu" }),
    dropout(0.5),
    dense(2000, { activation: "relu" }),
    dropout(0.5),
    dense(1, { activation: "relu" }),
  ],
  { inputShape: [4], seed: 1 },
);
afterAll(() => {
  model.dispose();
  huge.dispose();
});

// A request that is refused before any work takes no time worth measuring.
const REFUSAL_MS = 1000;

describe("exact()", () => {
  test("throws BudgetError before any work, naming gates, evaluations, budget and the ways out", async () => {
    const start = performance.now();
    let progress = 0;
    await expectError(
      () => huge.exact(x, { onProgress: () => progress++ }),
      BudgetError,
      /\b4004\b gates/,
      /evaluations/,
      /budget/,
      /predictMC|sampl/i,
      /fewer gates|unit|budget/,
    );
    expect(performance.now() - start).toBeLessThan(REFUSAL_MS);
    expect(progress).toBe(0);
  });

  test("spends up to its budget of evaluations and not one more", async () => {
    // 2^4 subnetworks for each of the two rows.
    const { evaluations } = await model.exact(x, { layer: "h1", method: "reference" });
    expect(Number(evaluations)).toBe(32);
    await model.exact(x, { layer: "h1", method: "reference", budget: 32 });
    const over = () => model.exact(x, { layer: "h1", method: "reference", budget: 31 });
    await expectError(over, BudgetError, /\b4\b gates/, /\b32\b/, /\b31\b/);
  });

  test("prints two numbers that differ, and no way out that there is not", async () => {
    const one = sequential([dropout(0.5), dense(1, { activation: "relu" })], { inputShape: [21], seed: 1 });
    const row = [new Float32Array(21)];
    const budget = 2 ** 21 - 1;
    const { message } = await expectError(
      () => one.exact(row, { method: "reference", budget }),
      BudgetError,
      "2097152 evaluations",
      "the budget allows 2097151",
    );
    expect(message).not.toContain("single unit");
    one.dispose();
  });

  test("offers a single unit where it takes less work than all of them", async () => {
    const layers = [dropout(0.5), dense(3, { activation: "relu" }), dropout(0.5)];
    const units = sequential([...layers, dense(70)], { inputShape: [12], seed: 1 });
    const row = [new Float32Array(12)];
    const offers = async (...[of, x, options]: [typeof units, ...Parameters<typeof units.exact>]) => {
      const error = await expectError(() => of.exact(x, { ...options, budget: 1 }), BudgetError);
      return error.message.includes("ask for a single unit or an earlier layer");
    };
    // One after the other: a unit takes its share.
    expect(await offers(model, x, { layer: "h1", method: "split" })).toBe(true);
    expect(await offers(units, row, { method: "conditioned" })).toBe(true);
    expect(await offers(model, x, { layer: ["h1", "dense_1"], method: "reference" })).toBe(false);
    // By masks of the gates that all of them follow.
    expect(await offers(units, row, { method: "nested" })).toBe(false);
    expect(await offers(units, row, { method: "reference" })).toBe(false);
    expect(await offers(units, row, { method: "conditioned", unit: 1 })).toBe(false);
    expect(await offers(model, x, { method: "nested" })).toBe(false);
    units.dispose();
  });

  test.each([0, -1, Number.NaN, 1.5])("throws RangeError when the budget is %d", async (budget) => {
    await expectError(() => model.exact(x, { budget }), RangeError, "budget", String(budget));
  });

  test.each([-1, 3, 0.5, Number.NaN])("throws RangeError when the unit is %d", async (unit) => {
    await expectError(() => model.exact(x, { unit }), RangeError, "unit", String(unit));
  });

  test.each([-1, 4, 0.5, Number.NaN])("throws RangeError when the layer is %d", async (layer) => {
    await expectError(() => model.exact(x, { layer }), RangeError, "layer", String(layer));
  });

  test("throws RangeError that names the layers when there is no layer of a name", async () => {
    await expectError(() => model.exact(x, { layer: "h9" }), RangeError, "h9", "h1");
  });

  test("throws RangeError that says why a method does not apply", async () => {
    await expectError(() => model.exact(x, { layer: "h1", method: "halves" }), RangeError, "halves");
    await expectError(() => model.exact(x, { method: "guess" as never }), RangeError, "guess", "reference");
  });
});

describe("explainExact()", () => {
  test("tells the plan of a request that exact() would refuse, without running it", () => {
    const start = performance.now();
    const plan = huge.explainExact();
    expect(performance.now() - start).toBeLessThan(REFUSAL_MS);
    expect(plan).toMatchObject({ gates: 4004, method: expect.any(String) });
  });

  test("counts the gates of one layer or unit", () => {
    expect(model.explainExact({ layer: "h1" })).toMatchObject({ gates: 4 });
    expect(model.explainExact({ layer: "h1", unit: 2 })).toMatchObject({ gates: 4 });
    expect(model.explainExact()).toMatchObject({ gates: 9 });
  });

  test("throws RangeError for an unknown layer or unit", async () => {
    await expectError(() => model.explainExact({ layer: 9 }), RangeError, /\b9\b/);
    await expectError(() => model.explainExact({ unit: 9 }), RangeError, /\b9\b/);
  });
});
