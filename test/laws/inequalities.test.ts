// THEORY §2.4-2.6 on every logistic unit: Ky Fan, the variance of a bounded variable, Cartwright and Field.
import fc from "fast-check";
import type { ExactMethod, ExactResult } from "thinned";
import { describe, expect, test } from "vitest";
import { batchOf, withModel } from "../agreement/buildModel.ts";
import { methodsFor } from "../agreement/exactMethods.ts";
import { everyActivation, randomNetwork } from "../agreement/randomNetwork.ts";
import { propertyRuns } from "../agreement/runs.ts";
import { at } from "../oracle/at.ts";
import { type Activation, type Description, denseLayer, dropoutLayer } from "../oracle/description.ts";
import { normalRows } from "../oracle/values.ts";

/** Both sides of an inequality are float64 sums of numbers in [0, 1]. */
const ROUNDING = 1e-13;
const logistic: Activation[] = [
  "sigmoid",
  { type: "sigmoid", c: 3, lambda: 0.5 },
  { type: "sigmoid", c: 0.2, lambda: 2 },
];

interface Unit {
  readonly e: number;
  readonly v: number;
  readonly g: number;
  readonly gComplement: number;
  readonly nwgm: number;
  readonly lower: number;
  readonly upper: number;
  readonly bounds: readonly [number, number, number];
}

/** The methods that were met. */
const met = new Set<ExactMethod>();

/** Returns the units of the output, of each row, by every method that applies. */
async function exactUnits(description: Description, rows: readonly Float32Array[]): Promise<Unit[]> {
  return withModel(description, async (model) => {
    const results = methodsFor(model).map((method) => model.exact(batchOf(rows), { method }));
    const all = await Promise.all(results);
    for (const { method } of all) met.add(method);
    return all.flatMap(unitsOf);
  });
}

function unitsOf(result: ExactResult): Unit[] {
  const { bounds } = result;
  return Array.from(result.mean.data, (e, index) => {
    const read = (statistic: { data: ArrayLike<number> } | undefined): number =>
      at(statistic?.data ?? [], index);
    return {
      e,
      v: read(result.variance),
      g: read(result.geometricMean),
      gComplement: read(result.complementGeometricMean),
      nwgm: read(result.nwgm),
      lower: read(bounds?.cartwrightField.lower),
      upper: read(bounds?.cartwrightField.upper),
      bounds: [read(bounds?.fromVariance), read(bounds?.fromMean), read(bounds?.fromMeanLoose)],
    };
  });
}

const atMost = (name: string, smaller: number, larger: number): void => {
  if (!(smaller <= larger + ROUNDING)) expect.fail(`${name}: ${smaller} is not at most ${larger}`);
};

describe("a logistic unit", () => {
  test("keeps G ≤ E, G ≤ NWGM, V ≤ E(1 - E) ≤ 1/4, the order of the bounds and Cartwright-Field", async () => {
    await fc.assert(
      fc.asyncProperty(
        randomNetwork({ activations: everyActivation, outputActivations: logistic }),
        fc.constantFrom(0.1, 1, 10),
        async (description, scale) => {
          const rows = normalRows(31, 2, description.inputs).map((row) => row.map((value) => value * scale));
          for (const unit of await exactUnits(description, rows)) {
            const { e, v, g, gComplement, nwgm, lower, upper, bounds } = unit;
            atMost("G <= E", g, e);
            atMost("G' <= 1 - E", gComplement, 1 - e);
            atMost("G <= NWGM", g, nwgm);
            atMost("0 <= V", 0, v);
            atMost("V <= E(1-E)", v, e * (1 - e));
            atMost("E(1-E) <= 1/4", e * (1 - e), 0.25);
            atMost("V/(2 max O) <= E - G", lower, e - g);
            atMost("E - G <= V/(2 min O)", e - g, upper);
            atMost("fromVariance <= fromMean", bounds[0], bounds[1]);
            atMost("fromMean <= fromMeanLoose", bounds[1], bounds[2]);
          }
        },
      ),
      propertyRuns(60, 3000),
    );
    expect([...met].sort()).toEqual(["characteristic", "conditioned", "nested", "reference", "split"]);
  });

  // Inputs of one sign against weights of one sign hold S, and so O, on one side under every mask.
  const oneSided = (sign: 1 | -1, values: number): Description => {
    const [kernel, bias] = normalRows(values, 2, 6) as [Float32Array, Float32Array];
    return {
      inputs: 6,
      nodes: [
        dropoutLayer(0, 0.4),
        denseLayer(
          1,
          1,
          kernel.map((weight) => sign * Math.abs(weight)),
          {
            bias: [sign * Math.abs(at(bias, 0))],
            activation: "sigmoid",
          },
        ),
      ],
      output: 2,
    };
  };
  const positiveRows = normalRows(33, 3, 6).map((row) => row.map(Math.abs));

  test("with all O ≤ 1/2 has G ≤ NWGM ≤ E (Ky Fan, eq. 14)", async () => {
    for (let values = 0; values < 20; values++) {
      for (const { e, g, nwgm } of await exactUnits(oneSided(-1, values), positiveRows)) {
        expect(e).toBeLessThanOrEqual(0.5);
        atMost("G <= NWGM", g, nwgm);
        atMost("NWGM <= E", nwgm, e);
      }
    }
  });

  test("with all O ≥ 1/2 has NWGM ≥ E", async () => {
    for (let values = 0; values < 20; values++) {
      for (const { e, nwgm } of await exactUnits(oneSided(1, values), positiveRows)) {
        expect(e).toBeGreaterThanOrEqual(0.5);
        atMost("E <= NWGM", e, nwgm);
      }
    }
  });
});
