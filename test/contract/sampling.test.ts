import { afterAll, describe, expect, test } from "vitest";
import { expectError } from "./expectError.ts";
import { newModel, x } from "./model.ts";

const model = newModel();
afterAll(() => model.dispose());

describe.each([
  ["predictMC", (options: object) => model.predictMC(x, options)],
  ["crossCheck", (options: object) => model.crossCheck(x, options)],
] as const)("%s()", (_name, call) => {
  test.each([0, -1, 1.5, Number.NaN, Infinity])("throws RangeError when samples is %d", async (samples) => {
    await expectError(() => call({ samples }), RangeError, "samples", String(samples), "integer");
  });

  test.each([["10"], [null], [10n], [[10]]])("throws TypeError when samples is %o", async (samples) => {
    await expectError(() => call({ samples }), TypeError, "samples");
  });

  test.each([-1, 0.5, 2 ** 53, Number.NaN, Infinity])(
    "throws RangeError when the seed is %d",
    async (seed) => {
      await expectError(() => call({ samples: 2, seed }), RangeError, "seed", String(seed));
    },
  );

  test.each([-1, 4, 0.5, Number.NaN])("throws RangeError when the layer is %d", async (layer) => {
    await expectError(() => call({ samples: 2, layer }), RangeError, "layer", String(layer));
  });

  test("throws RangeError that names the layers when there is no layer of a name", async () => {
    await expectError(() => call({ samples: 2, layer: "h9" }), RangeError, "h9", "h1");
  });
});

describe("predictMC()", () => {
  test.each([0, -1, Number.NaN, Infinity, 1e-310])("throws RangeError when tau is %d", async (tau) => {
    await expectError(() => model.predictMC(x, { samples: 2, tau }), RangeError, "tau", String(tau));
  });

  test("names the kinds of masks when given another", async () => {
    const call = () => model.predictMC(x, { samples: 2, masks: "both" as never });
    await expectError(call, RangeError, "both", "shared", "independent");
  });

  test("names the variants when given another", async () => {
    await expectError(
      () => model.predictMC(x, { samples: 2, variant: "avx" as never }),
      RangeError,
      "avx",
      "simd128",
    );
  });

  test("takes a list of layers, and refuses its holes", async () => {
    const sparse = ["h1"];
    sparse[2] = "dense_1";
    await expectError(() => model.predictMC(x, { layer: sparse }), TypeError, "layer[1]", "undefined");
  });

  test("prints the signal that is none", async () => {
    await expectError(() => model.predictMC(x, { signal: 7 as never }), TypeError, "signal is 7");
    const controller = new AbortController();
    await expectError(
      () => model.predictMC(x, { signal: controller as never }),
      TypeError,
      "signal is an object (AbortController)",
    );
  });

  test("runs with one sample", async () => {
    const { mean, variance, info } = await model.predictMC(x, { samples: 1 });
    expect(mean.shape).toEqual([2, 3]);
    expect(Array.from(variance.data)).toEqual(new Array(6).fill(0));
    expect(info).toMatchObject({ samples: 1, masks: "shared" });
  });

  test("draws 100 shared masks by default", async () => {
    expect((await model.predictMC(x)).info).toMatchObject({ samples: 100, masks: "shared", seed: 1 });
  });
});

describe("crossCheck()", () => {
  test.each([0, 1, -0.1, Number.NaN])("throws RangeError when alpha is %d", async (alpha) => {
    await expectError(() => model.crossCheck(x, { samples: 10, alpha }), RangeError, "alpha", String(alpha));
  });
});
