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

  it("throws RangeError for wide, which is not there, and for what never was", async () => {
    await expect(init({ variant: "wide" })).rejects.toThrow(
      new RangeError(
        'Cannot initialise: variant "wide" is not in this version; "auto", "simd128" or "relaxed" is wanted',
      ),
    );
    expect(() => checkVariant("fit", "gpu")).toThrow(RangeError);
    expect(() => checkVariant("fit", 1)).toThrow(TypeError);
  });
});
