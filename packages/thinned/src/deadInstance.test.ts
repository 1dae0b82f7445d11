import { afterAll, describe, expect, it } from "vitest";
import { dense } from "./dense.js";
import { dropout } from "./dropout.js";
import { load } from "./load.js";
import { sequential } from "./sequential.js";
import { init } from "./variant.js";
import { relaxedInstance } from "./wasm/instance.js";
import { hasRelaxedSimd } from "./wasm/relaxedSupport.js";

const newModel = () => sequential([dropout(0.5), dense(2)], { inputShape: [2], seed: 1 });
const x = [[1, 2]];
const y = [[0, 1]];
const loss = "meanSquaredError";

/** Ends the relaxed instance, as a trap would; in this file it stays dead. */
async function endRelaxed(): Promise<void> {
  const instance = await relaxedInstance();
  const trap = () => {
    throw new WebAssembly.RuntimeError("unreachable");
  };
  if (!instance.dead) expect(() => instance.run(trap)).toThrow(/has trapped/);
}

describe.skipIf(!hasRelaxedSimd())("a relaxed instance that has trapped", () => {
  afterAll(() => init());

  it("in the middle of a fit leaves the weights of the last good epoch", async () => {
    const model = newModel();
    const before = model.getWeights();
    let kept = before;
    const callbacks = [
      {
        onEpochEnd: async (epoch: number) => {
          kept = model.getWeights();
          if (epoch === 1) await endRelaxed();
        },
      },
    ];
    const fitting = model.fit(x, y, { loss, epochs: 5, variant: "relaxed", callbacks });
    await expect(fitting).rejects.toThrow(/has trapped \(RuntimeError: unreachable\)/);
    expect(model.getWeights()).toEqual(kept);
    expect(kept).not.toEqual(before);
    expect(model.predict(x).data.every(Number.isFinite)).toBe(true);
  });

  it("is passed over by default, and results say what ran", async () => {
    await endRelaxed();
    const model = newModel();
    expect((await model.predictMC(x, { samples: 2 })).info.variant).toBe("simd128");
    expect((await model.fit(x, y, { loss })).info.variant).toBe("simd128");
    await init();
    expect((await newModel().predictMC(x, { samples: 2 })).info.variant).toBe("simd128");
  });

  it("says what has happened where it is asked for by name", async () => {
    await endRelaxed();
    const sampled = newModel().predictMC(x, { samples: 2, variant: "relaxed" });
    await expect(sampled).rejects.toThrow(
      /instance of thinned \(relaxed\) has trapped .* models in it are lost/,
    );
  });

  it("is no home of new models, also when init() has named it", async () => {
    await endRelaxed();
    await init({ variant: "relaxed" });
    const model = newModel();
    expect(model.predict(x).shape).toEqual([1, 2]);
    expect(load(model.save()).predict(x)).toEqual(model.predict(x));
    expect((await model.predictMC(x, { samples: 2 })).info.variant).toBe("simd128");
  });
});
