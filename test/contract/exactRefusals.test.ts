// What exact(), explainExact() and crossCheck() refuse, and in which words.
import { BudgetError, dense, dropout, type ExactMethod, load, sequential } from "thinned";
import { describe, expect, test } from "vitest";
import { normalRows } from "../oracle/values.ts";
import { expectAbort, expectError } from "./expectError.ts";

const model = sequential(
  [
    dropout(0.5, { name: "gates" }),
    dense(3, { activation: "sigmoid", name: "hidden" }),
    dropout(0.5),
    dense(2, { activation: "softmax", name: "classes" }),
  ],
  { inputShape: [4], seed: 1 },
);
const x = [[1, 2, 3, 4]];

/** `gates` gated inputs into `units` units. */
const layer = (gates: number, units: number, activation: "linear" | "relu" | "sigmoid" | "tanh") =>
  sequential([dropout(0.5), dense(units, { activation })], { inputShape: [gates], seed: 1 });

// What both refuse in the same words.
const calls = [
  ["exact", (options: object) => model.exact(x, options)],
  ["crossCheck", (options: object) => model.crossCheck(x, { samples: 2, ...options })],
] as const;

describe.each(calls)("%s()", (_, call) => {
  test("names the nearest layers when there is none of a name", async () => {
    await expectError(
      () => call({ layer: "hiden" }),
      RangeError,
      'no layer "hiden"',
      'did you mean "hidden"?',
    );
    await expectError(() => call({ layer: ["hidden", "clases"] }), RangeError, 'did you mean "classes"?');
    await expectError(() => call({ layer: "qqqqqqq" }), RangeError, '"gates", "hidden"', '"classes"');
  });

  test.each([-1, 3, 0.5])("prints the range of units when the unit is %d", async (unit) => {
    await expectError(() => call({ layer: "hidden", unit }), RangeError, `unit is ${unit}`, "[0, 2]");
  });

  test("asks every layer of a list for the unit", async () => {
    await expectError(() => call({ layer: "all", unit: 2 }), RangeError, '"classes"', "2", "[0, 1]");
  });

  test("throws BudgetError with the gates, the seconds and the ways out", async () => {
    const error = await expectError(
      () => call({ budget: 1 }),
      BudgetError,
      "7 gates",
      "2^7 subnetworks",
      "need 128 evaluations by nested, the budget allows 1",
      /about [0-9.e-]+ s\b/,
      "fewer gates",
      "a larger budget",
    );
    expect(error).toMatchObject({ layer: "classes", gates: 7, evaluations: 128, budget: 1 });
    expect((error as BudgetError).seconds).toBeGreaterThan(0);
  });
});

describe("crossCheck()", () => {
  test("offers no samples, which it takes as it is", async () => {
    const { message } = await expectError(
      () => model.crossCheck(x, { budget: 1 }),
      BudgetError,
      "Cannot run crossCheck()",
    );
    expect(message).not.toContain("predictMC()");
    await expectError(() => model.exact(x, { budget: 1 }), BudgetError, "predictMC() samples them");
  });

  test("says that it is the fourth moment which is missing where exact() is within the budget", async () => {
    const linear = sequential([dropout(0.5), dense(30), dropout(0.5), dense(2)], {
      inputShape: [100],
      seed: 1,
    });
    const softplus = sequential([dropout(0.5), dense(1, { activation: "softplus" })], {
      inputShape: [60],
      seed: 1,
    });
    for (const [net, width, method] of [
      [linear, 100, "closedForm"],
      [softplus, 60, "characteristic"],
    ] as const) {
      const row = [new Float32Array(width).fill(0.1)];
      const { evaluationsPerRow } = net.explainExact();
      await expectError(
        () => net.crossCheck(row),
        BudgetError,
        new RegExp(
          `exact\\(\\) alone takes ${evaluationsPerRow} evaluations? by ${method}, but without the fourth moment`,
        ),
      );
      const { message } = await expectError(() => net.crossCheck(row, { method: "x" } as object), TypeError);
      expect(message).toContain('"method"');
      expect((await net.exact(row)).method).toBe(method);
      net.dispose();
    }
  });
});

describe("exact()", () => {
  test("says which option is too dear, and offers to leave it out", async () => {
    const wide = layer(200, 3, "sigmoid");
    const row = [new Float32Array(200)];
    const { evaluationsPerRow, conditional } = wide.explainExact({ conditional: true });
    const without = `out, which takes ${evaluationsPerRow} evaluations by characteristic`;
    await expectError(
      () => wide.exact(row, { moments: "full" }),
      BudgetError,
      'need 1.6e60 evaluations, most of them for moments "full"',
      `leave moments "full" ${without}`,
      "predictMC() samples entropies, predictiveCovariance() covariances of outputs",
    );
    const budget = evaluationsPerRow + (conditional?.evaluationsPerRow ?? 0) - 1;
    await expectError(
      () => wide.exact(row, { conditional: true, budget }),
      BudgetError,
      `leave conditional ${without}`,
    );
    await expectError(
      () => wide.exact(row, { conditional: true, moments: "full", budget }),
      BudgetError,
      `leave moments "full" and conditional ${without}`,
    );
    wide.dispose();
  });

  test("tells years in seconds too", async () => {
    const wide = layer(50, 1, "relu");
    await expectError(
      () => wide.exact([new Float32Array(50)]),
      BudgetError,
      /about \d\.\de\d+ s \([0-9.]+ years\)/,
    );
    wide.dispose();
  });

  test.each<[ExactMethod, string, RegExp]>([
    ["split", "classes", /logistic units/],
    ["halves", "hidden", /ReLU units/],
    ["characteristic", "classes", /logistic, tanh and softplus units/],
    ["closedForm", "hidden", /linear/],
    ["conditioned", "classes", /linear, logistic, tanh and softplus units/],
    ["conditioned", "hidden", /no gates lie in earlier layers/],
  ])("says why %s does not apply to %s, and what would", async (method, name, why) => {
    const pieces = [`layer "${name}"`, `method "${method}"`, why, "without a method the cheapest is taken"];
    await expectError(() => model.exact(x, { layer: name, method }), RangeError, ...pieces);
    await expectError(() => model.explainExact({ layer: name, method }), RangeError, ...pieces);
  });

  test("says so when a method applies to the units but not behind two layers of gates", async () => {
    const deep = sequential(
      [dropout(0.5), dense(2, { activation: "relu" }), dropout(0.5), dense(1, { activation: "relu" })],
      { inputShape: [3], seed: 1 },
    );
    const wanted = "one layer of gates over fixed units";
    await expectError(() => deep.exact([[1, 2, 3]], { method: "halves" }), RangeError, wanted);
    deep.dispose();
  });

  test("says how many gates halves can sort", async () => {
    const wide = layer(50, 1, "relu");
    const row = [new Float32Array(50)];
    await expectError(() => wide.exact(row, { method: "halves" }), RangeError, "44 gates");
    wide.dispose();
  });

  test("refuses what float64 cannot hold, and never returns a NaN", async () => {
    const widths = [2, 2, 2, 2];
    const deep = (activation: "linear" | "relu") =>
      sequential([dropout(0.5), ...widths.map((units) => dense(units, { activation, useBias: false }))], {
        inputShape: [2],
        seed: 1,
      });
    for (const activation of ["linear", "relu"] as const) {
      const net = deep(activation);
      net.setWeights(
        widths.map(() => [
          [3e38, 3e38],
          [3e38, 3e38],
        ]),
      );
      await expectError(() => net.exact([[1, 1]]), RangeError, "float64", "weights of another scale");
      net.dispose();
    }
  });

  test("refuses a pre-activation too far for an integral, and says what to do", async () => {
    const far = (gates: number) => {
      const net = layer(gates, 1, "tanh");
      net.setWeights([Array.from({ length: gates }, () => [1e6]), [0]]);
      return net;
    };
    const [few, many] = [far(2), far(40)];
    await expectError(
      () => few.exact([[1, 1]], { method: "characteristic" }),
      RangeError,
      "400,000",
      "another method",
    );
    await expectError(() => many.exact([new Float32Array(40).fill(1)]), RangeError, "400,000");
    // Few gates are enumerated, which goes any distance.
    const { mean, method } = await few.exact([[1, 1]]);
    expect(method).toBe("nested");
    expect(mean.data[0]).toBeCloseTo(0.75, 12);
    few.dispose();
    many.dispose();
  });
});

describe("weights that are not finite", () => {
  test("are refused where they would come in, by index, so that no exact value can start from one", async () => {
    const good = model.getWeights();
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, 1e39]) {
      const weights = [
        [
          [1, 2, 3],
          [1, 2, 3],
          [1, 2, bad],
          [1, 2, 3],
        ],
        [0, 0, 0],
        [
          [1, 2],
          [1, 2],
          [1, 2],
        ],
        [0, 0],
      ];
      await expectError(() => model.setWeights(weights), RangeError, "weights[0][2, 2]");
    }
    expect(model.getWeights()).toEqual(good);
    const file = model.save();
    const header = new DataView(file.buffer, file.byteOffset).getUint32(0, true);
    new DataView(file.buffer, file.byteOffset).setFloat32(8 + header, Number.NaN, true);
    await expectError(() => load(file), Error, /NaN|finite/);
  });
});

/** 12 gates that are enumerated below 100 that are integrated. */
const twoLayers = () =>
  sequential(
    [dropout(0.5), dense(100, { activation: "tanh" }), dropout(0.5), dense(1, { activation: "sigmoid" })],
    { inputShape: [12], seed: 1 },
  );

// Each takes several slices of time, so that there is a middle.
const long: readonly [ExactMethod, () => ReturnType<typeof layer>, number, number][] = [
  ["reference", () => layer(16, 1, "tanh"), 16, 4],
  ["nested", () => layer(20, 1, "tanh"), 20, 4],
  ["split", () => layer(24, 4, "sigmoid"), 24, 2],
  ["halves", () => layer(36, 8, "relu"), 36, 1],
  ["characteristic", () => layer(300, 200, "sigmoid"), 300, 20],
  ["closedForm", () => layer(400, 1000, "linear"), 400, 20],
  ["conditioned", twoLayers, 12, 1],
];

describe("an abort in the middle", () => {
  test.each(long)(
    "of %s ends exact() there, and a later call has the bits of a whole one",
    async (method, make, width, rows) => {
      const net = make();
      const inputs = normalRows(3, rows, width);
      const controller = new AbortController();
      const seen: number[] = [];
      const onProgress = ({ done, total }: { done: number; total: number }) => {
        seen.push(done / total);
        controller.abort();
      };
      const batch = inputs.map((row) => [...row]);
      await expectAbort(() => net.exact(batch, { method, signal: controller.signal, onProgress }));
      expect(seen).toHaveLength(1);
      expect(seen[0]).toBeLessThan(1);
      const [row] = batch as [number[]];
      const fresh = make();
      expect(await net.exact([row], { method })).toEqual(await fresh.exact([row], { method }));
      fresh.dispose();
      net.dispose();
    },
  );
});

test("a call without a budget does not take more than an hour by its estimate", async () => {
  // An integral over 1,000 gates for each of 2^27 subnetworks.
  const deep = sequential(
    [dropout(0.5), dense(1000, { activation: "relu" }), dropout(0.5), dense(1, { activation: "sigmoid" })],
    { inputShape: [27], seed: 1 },
  );
  const row = normalRows(1, 1, 27);
  const error = await expectError(
    () => deep.exact(row),
    BudgetError,
    "2.7e8, and about 3600 s (60 minutes) where none is set",
    "a budget",
  );
  expect((error as BudgetError).evaluations).toBeLessThanOrEqual(2 ** 28);
  expect((error as BudgetError).seconds).toBeGreaterThan(3600);
  const signal = AbortSignal.timeout(20);
  await expectAbort(() => deep.exact(row, { budget: 2 ** 28, signal }));
});
