import { afterEach, describe, expect, it } from "vitest";
import { dense } from "./dense.js";
import { dropout } from "./dropout.js";
import { sequential } from "./sequential.js";
import { checkVariant, init } from "./variant.js";
import { hasRelaxedSimd } from "./wasm/relaxedSupport.js";

const newModel = () => sequential([dropout(0.5), dense(1)], { inputShape: [2], seed: 1 });
const x = [[1, 2]];
const ran = async (options = {}) => (await newModel().predictMC(x, { samples: 2, ...options })).info.variant;
const fastest = hasRelaxedSimd() ? "relaxed" : "simd128";

afterEach(() => init());

describe("init()", () => {
  it("is optional: predictMC() and fit() run on the fastest build of the host", async () => {
    expect(await ran()).toBe(fastest);
    const { info } = await newModel().fit(x, [1], { loss: "meanSquaredError" });
    expect(info.variant).toBe(fastest);
  });

  it("switches the others off, except where one is asked for by name", async () => {
    await init({ variant: "simd128" });
    expect(await ran()).toBe("simd128");
    expect(await ran({ variant: "auto" })).toBe("simd128");
    if (hasRelaxedSimd()) expect(await ran({ variant: "relaxed" })).toBe("relaxed");
    await init();
    expect(await ran()).toBe(fastest);
  });

  it("makes a named build the home of later models, or refuses it where the host cannot run it", async () => {
    const named = init({ variant: "relaxed" });
    if (!hasRelaxedSimd()) {
      await expect(named).rejects.toThrow(/needs relaxed SIMD, which this host does not have/);
      await expect(ran({ variant: "relaxed" })).rejects.toThrow(RangeError);
      return;
    }
    await named;
    const model = newModel();
    model.setWeights([[[1], [2]], [0]]);
    expect([...model.predict(x).data]).toEqual([5]);
    const { mean } = await model.exact(x);
    expect(mean.data[0]).toBeCloseTo(5, 12);
    expect((await model.crossCheck(x, { samples: 100 })).sampled.info.variant).toBe("simd128");
  });

  it("asks for wide to be initialised before it is used", async () => {
    await expect(ran({ variant: "wide" })).rejects.toThrow(
      new RangeError(
        'Cannot run predictMC(): variant "wide" is not initialised; await init({ variant: "wide" }) before, and look at the variant that it returns',
      ),
    );
  });

  it("makes wide the default in Node, and falls back elsewhere and says why", async () => {
    const { variant, fallback } = await init({ variant: "wide" });
    if (variant === "wide") {
      expect(fallback).toBeUndefined();
      await init();
      expect(await ran()).toBe(fastest);
      expect(await ran({ variant: "wide" })).toBe("wide");
      await init({ variant: "wide" });
    } else {
      expect(variant).toBe(fastest);
      expect(fallback).toMatch(/^variant "wide" cannot run here: it needs (Node\.js|V8 13|an x64 processor)/);
    }
    expect(await ran()).toBe(variant);
    const model = newModel();
    model.setWeights([[[1], [2]], [0]]);
    expect([...model.predict(x).data]).toEqual([5]);
  });

  it("throws RangeError for what never was", () => {
    expect(() => checkVariant("fit", "gpu")).toThrow(RangeError);
    expect(() => checkVariant("fit", 1)).toThrow(TypeError);
  });
});
