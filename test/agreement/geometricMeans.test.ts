// THEORY §1: G = exp(E ln O), G' = exp(E ln(1 − O)), NWGM = G / (G + G'). Sampled ones agree with the exact ones within sampling error.
import { dense, dropout, sequential } from "thinned";
import { describe, expect, test } from "vitest";
import { normalRows } from "../oracle/values.ts";

const model = sequential(
  [
    dropout(0.2),
    dense(6, { activation: { type: "sigmoid", c: 2, lambda: 0.7 }, name: "logistic" }),
    dropout(0.5),
    dense(4, { activation: "relu", name: "rectified" }),
    dropout(0.3),
    dense(3, { activation: "softmax", name: "classes" }),
  ],
  { inputShape: [5], seed: 3 },
);
const x = normalRows(4, 3, 5).map((row) => [...row]);
const samples = 20_000;

describe.each(["shared", "independent"] as const)("with %s masks", (masks) => {
  test("sampled geometric means agree with the exact ones", async () => {
    const options = { samples, masks, geometricMeans: true, seed: 9 } as const;
    const sampled = await model.predictMC(x, { ...options, layer: ["logistic", "rectified", "classes"] });
    const exact = await model.exact(x, { layer: ["logistic", "rectified", "classes"] });
    for (const name of ["logistic", "classes"] as const) {
      for (const kind of ["geometricMean", "complementGeometricMean", "nwgm"] as const) {
        const wanted = exact[name]?.[kind]?.data;
        const found = sampled[name]?.[kind]?.data;
        expect(found === undefined, `${name} ${kind}`).toBe(wanted === undefined);
        for (const [index, value] of (wanted ?? []).entries()) {
          // Logarithms of these activities have a standard deviation below 1, so that six standard errors are below this.
          expect(Math.abs(Math.log((found?.[index] ?? 0) / value)), `${name} ${kind} ${index}`).toBeLessThan(
            6 / Math.sqrt(samples),
          );
        }
      }
    }
    expect(sampled.rectified?.nwgm).toBeUndefined();
    expect(exact.classes?.complementGeometricMean).toBeUndefined();
  });

  test("they are those of the kept samples", async () => {
    const options = {
      samples: 50,
      masks,
      geometricMeans: true,
      keepSamples: true,
      layer: "logistic",
    } as const;
    const { samples: kept, geometricMean, nwgm } = await model.predictMC(x, options);
    const units = 18;
    for (let unit = 0; unit < units; unit++) {
      const values = Array.from({ length: 50 }, (_, t) => kept?.data[t * units + unit] ?? 0);
      const mean = (of: (value: number) => number) => values.reduce((sum, value) => sum + of(value), 0) / 50;
      const log = mean(Math.log);
      const gap = log - mean((value) => Math.log(1 - value));
      expect(geometricMean?.data[unit]).toBeCloseTo(Math.exp(log), 6);
      expect(nwgm?.data[unit]).toBeCloseTo(1 / (1 + Math.exp(-gap)), 6);
    }
  });
});

test("statistics are otherwise those without", async () => {
  const { geometricMean, nwgm, ...others } = await model.predictMC(x, { samples: 40, geometricMeans: true });
  expect(others).toEqual(await model.predictMC(x, { samples: 40 }));
  expect(geometricMean?.shape).toEqual([3, 3]);
  expect(nwgm?.shape).toEqual([3, 3]);
});

test("with integrateLast they are refused", async () => {
  const call = model.predictMC(x, { integrateLast: true, geometricMeans: true, layer: "logistic" });
  await expect(call).rejects.toThrow(RangeError);
  await expect(call).rejects.toThrow("geometricMeans");
});
