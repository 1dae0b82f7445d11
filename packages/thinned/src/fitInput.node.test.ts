// In the thread of a page data are read in slices: there a caller has to wait.
import { describe, expect, it } from "vitest";
import { dense } from "./dense.js";
import { sequential } from "./sequential.js";

describe("fit()", () => {
  it("trains on what it was called with", async () => {
    const rows = 4000;
    const data = () => Float32Array.from({ length: rows * 300 }, (_, i) => Math.sin(i));
    const loss = "meanSquaredError";
    const trained = async (after: (x: Float32Array, y: Float32Array) => void) => {
      const model = sequential([dense(1)], { inputShape: [300], seed: 1 });
      const [values, targets] = [data(), new Float32Array(rows).fill(1)];
      const fits = model.fit({ data: values, shape: [rows, 300] }, targets, { loss, variant: "simd128" });
      after(values, targets);
      await fits;
      return model.getWeights();
    };
    const changed = await trained((values, targets) => {
      values.fill(Number.NaN);
      targets.fill(5);
    });
    expect(changed).toEqual(await trained(() => undefined));
  });
});
