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

async function expectBudgetError(action: () => unknown): Promise<BudgetError> {
  return (await expectError(action, BudgetError)) as BudgetError;
}

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
      const { evaluations } = await expectBudgetError(() => of.exact(x, { ...options, budget: 1 }));
      const { message } = await expectBudgetError(() => of.exact(x, { ...options, budget: evaluations - 1 }));
      return message.includes("ask for a single unit");
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

  test("offers an earlier layer where there is one that its budget allows", async () => {
    const layers = [dropout(0.5), dense(3, { activation: "relu", name: "first" }), dropout(0.5)];
    const deep = sequential([...layers, dense(2, { activation: "relu" })], { inputShape: [9], seed: 1 });
    const row = [new Float32Array(9)];
    const offers = async (layer: string | number, budget: number) => {
      const { message } = await expectBudgetError(() => deep.exact(row, { layer, budget, method: "nested" }));
      return message.includes("an earlier layer");
    };
    // "first" takes 3 units of two sorted halves.
    const { evaluationsPerRow } = deep.explainExact({ layer: "first" });
    expect(await offers("dense_1", evaluationsPerRow)).toBe(true);
    expect(await offers(3, evaluationsPerRow - 1)).toBe(false);
    expect(await offers("first", 2 ** 9 - 1)).toBe(false);
    // Without gates there is nothing to know of a layer.
    const late = sequential([dense(3), dropout(0.5), dense(1, { activation: "relu" })], {
      inputShape: [2],
      seed: 1,
    });
    const { message } = await expectBudgetError(() => late.exact([[1, 2]], { method: "nested", budget: 7 }));
    expect(message).not.toContain("earlier layer");
    deep.dispose();
    late.dispose();
  });

  test("offers to leave out a method where the cheapest is one that its budget allows", async () => {
    const one = sequential([dropout(0.5), dense(3, { activation: "sigmoid" })], {
      inputShape: [200],
      seed: 1,
    });
    const row = [new Float32Array(200)];
    const { evaluationsPerRow } = one.explainExact();
    const way = `leave method out, which takes ${evaluationsPerRow} evaluations by characteristic`;
    const call = (options: object) => () => one.exact(row, { method: "nested", ...options });
    await expectError(call({}), BudgetError, way);
    const { message } = await expectBudgetError(call({ budget: evaluationsPerRow - 1 }));
    expect(message).not.toContain("leave");
    one.dispose();
  });

  test("offers fewer rows where one of them is within the budget", async () => {
    const { message } = await expectBudgetError(() => model.exact(x, { method: "nested", budget: 2 ** 9 }));
    expect(message).toContain("fewer rows at a time");
    const over = await expectBudgetError(() => model.exact(x, { method: "nested", budget: 2 ** 9 - 1 }));
    expect(over.message).not.toContain("rows at a time");
  });

  test("offers no larger budget where there is none that would do", async () => {
    const { message } = await expectBudgetError(() => huge.exact(x));
    expect(message).toMatch(/; fewer gates$/);
  });

  test.each([0, -1, Number.NaN, 1.5, 2 ** 62])(
    "throws RangeError with the limits when the budget is %d",
    async (budget) => {
      const wanted = `budget is ${budget}, an integer in [1, 9007199254740991] or Infinity is wanted`;
      await expectError(() => model.exact(x, { budget }), RangeError, wanted);
      await expectError(() => model.crossCheck(x, { budget }), RangeError, wanted);
    },
  );

  test("throws TypeError when the budget is no number", async () => {
    await expectError(() => model.exact(x, { budget: "9" as never }), TypeError, 'budget is "9"', "Infinity");
  });

  test("takes an infinite budget for none", async () => {
    const budget = Number.POSITIVE_INFINITY;
    expect(await model.exact(x, { budget })).toEqual(await model.exact(x));
    expect((await model.crossCheck(x, { budget, samples: 10 })).exact).toEqual(
      (await model.crossCheck(x, { samples: 10 })).exact,
    );
    // What no computer goes through stays out of reach.
    await expect(huge.exact(x, { budget })).rejects.toThrow(RangeError);
    await expect(huge.exact(x, { budget })).rejects.toThrow(/\b4004\b.*\b62\b/);
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

describe("ExactResult", () => {
  test("has an infinite upper bound by Cartwright and Field where an activity gets to 0", async () => {
    const unit = sequential([dropout(0.5), dense(1, { activation: "sigmoid", useBias: false })], {
      inputShape: [2],
      seed: 1,
    });
    const upperOf = async (weight: number) => {
      unit.setWeights([[[weight], [0]]]);
      const { bounds, variance } = await unit.exact([[1, 1]], { method: "split" });
      const { lower, upper } = bounds?.cartwrightField ?? expect.fail("bounds");
      return [variance.data[0], lower.data[0], upper.data[0]];
    };
    // X is 0 or -1000, so O a half or, for a float64, 0; V is the square of a fourth.
    expect(await upperOf(-500)).toEqual([1 / 16, 1 / 16, Number.POSITIVE_INFINITY]);
    const [, , upper] = await upperOf(-50);
    expect(upper).toBeGreaterThan(1e40);
    expect(upper).toBeLessThan(Number.POSITIVE_INFINITY);
    expect(await upperOf(0)).toEqual([0, 0, 0]);
    unit.dispose();
  });
});

describe("explainExact()", () => {
  test("tells what moments and conditional add, and nothing of them unless asked", () => {
    const wide = sequential([dropout(0.5), dense(3, { activation: "sigmoid" })], {
      inputShape: [40],
      seed: 1,
    });
    const plain = wide.explainExact();
    expect(Object.keys(plain)).toEqual([
      "layer",
      "method",
      "gates",
      "subnetworks",
      "evaluationsPerRow",
      "secondsPerRow",
    ]);
    expect(wide.explainExact({ moments: "units", conditional: false })).toEqual(plain);
    const { moments, conditional, ...rest } = wide.explainExact({ moments: "full", conditional: true });
    expect(rest).toEqual(plain);
    expect(moments).toEqual({ gates: 40, evaluationsPerRow: 2 ** 40, secondsPerRow: expect.any(Number) });
    expect(moments?.secondsPerRow).toBeGreaterThan(60);
    expect(conditional).toEqual({ gates: 40, evaluationsPerRow: 3, secondsPerRow: expect.any(Number) });
    wide.dispose();
  });

  test("adds up to the evaluations of the call, of several layers too", async () => {
    const deep = sequential(
      [
        dropout(0.5),
        dense(4, { activation: "tanh", name: "first" }),
        dropout(0.5),
        dense(3, { activation: "tanh", name: "second" }),
      ],
      { inputShape: [5], seed: 1 },
    );
    const row = [[1, 2, 3, 4, 5]];
    const options = { layer: "all", method: "nested", moments: "full" } as const;
    const plans = deep.explainExact(options);
    expect(plans.first).toMatchObject({ walkOf: "second", evaluationsPerRow: 2 ** 5 });
    expect(plans.second).not.toHaveProperty("walkOf");
    const total = Object.values(plans).reduce(
      (sum, { walkOf, evaluationsPerRow, moments }) =>
        sum + (walkOf === undefined ? evaluationsPerRow : 0) + (moments?.evaluationsPerRow ?? 0),
      0,
    );
    await deep.exact(row, { ...options, budget: total });
    await expectError(() => deep.exact(row, { ...options, budget: total - 1 }), BudgetError);
    deep.dispose();
  });

  test("refuses details that do not apply, and what is no option of it", async () => {
    const refusal = (options: object) => () => model.explainExact(options);
    await expectError(refusal({ conditional: true }), RangeError, "means given a gate");
    await expectError(refusal({ moments: "full", unit: 0 }), RangeError, "explain exact()", "unit is 0");
    await expectError(refusal({ moments: "all" }), RangeError, '"units", "full"');
    await expectError(refusal({ budget: 1 }), TypeError, '"budget"', "moments, conditional");
  });

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
