import { describe, expect, test } from "vitest";
import { ensembleVectors } from "../vectors/vectors.ts";
import { at } from "./at.ts";
import { nwgm } from "./bounds.ts";
import { type Description, denseLayer, dropoutLayer } from "./description.ts";
import { exactStatistics } from "./exact.ts";
import { arrange } from "./network.ts";

// Float64 sums of a few dozen terms of order 1 against 200 digits.
const TOLERANCE = 1e-14;

describe("exactStatistics() against 200-digit arithmetic", () => {
  test.each(ensembleVectors)("$name", ({ description, rows, statistics }) => {
    const network = arrange(description);
    rows.forEach((x, row) => {
      exactStatistics(network, network.nodes.length - 1, x).forEach((found, unit) => {
        const wanted = at(at(statistics, row), unit);
        const scale = Math.max(1, Math.abs(wanted.maximum), Math.abs(wanted.minimum));
        const near = (value: number | undefined, reference: number | undefined, size: number): void => {
          expect(Math.abs((value ?? Number.NaN) - (reference ?? Number.NaN))).toBeLessThanOrEqual(
            TOLERANCE * size,
          );
        };
        near(found.probability, 1, 1);
        near(found.mean, wanted.mean, scale);
        near(found.variance, wanted.variance, scale ** 2);
        near(found.fourthMoment, wanted.fourthMoment, scale ** 4);
        near(found.deterministic, wanted.deterministic, scale);
        near(found.minimum, wanted.minimum, scale);
        near(found.maximum, wanted.maximum, scale);
        expect(found.logGeometricMean === undefined).toBe(wanted.logGeometricMean === undefined);
        if (wanted.logGeometricMean !== undefined) {
          near(
            found.logGeometricMean,
            wanted.logGeometricMean,
            Math.max(1, Math.abs(wanted.logGeometricMean)),
          );
        }
        if (wanted.logComplementGeometricMean !== undefined) {
          const reference = wanted.logComplementGeometricMean;
          near(found.logComplementGeometricMean, reference, Math.max(1, Math.abs(reference)));
        }
      });
    });
  });
});

describe("exactStatistics()", () => {
  test("gives the mean (1 - rate)(w1 x + w2 y) of the two-input linear unit from its four masks", () => {
    const description: Description = {
      inputs: 2,
      nodes: [dropoutLayer(0, 0.25, "standard"), denseLayer(1, 1, [3, -2])],
      output: 2,
    };
    const [unit] = exactStatistics(arrange(description), 2, [5, 7]);
    expect(unit?.gates).toBe(2);
    expect(unit?.mean).toBeCloseTo(0.75 * (3 * 5 - 2 * 7), 14);
  });

  test("depends on upstream gates only: gates elsewhere change nothing", () => {
    const with_ = (rate: number) =>
      exactStatistics(
        arrange({
          inputs: 2,
          nodes: [
            dropoutLayer(0, 0.5),
            denseLayer(1, 2, [1, 2, 3, 4], { activation: "sigmoid" }),
            dropoutLayer(2, rate),
            denseLayer(3, 1, [1, 1]),
          ],
          output: 4,
        }),
        2,
        [0.3, -0.4],
      );
    expect(with_(0.5)).toEqual(with_(0.9));
    expect(with_(0.5).map(({ gates }) => gates)).toEqual([2, 2]);
  });

  test("keeps NWGM = σ(E[S]) where O rounds to 0 and 1 (eq. 5)", () => {
    const description: Description = {
      inputs: 2,
      nodes: [dropoutLayer(0, 0.5, "standard"), denseLayer(1, 1, [1600, -1601], { activation: "sigmoid" })],
      output: 2,
    };
    const [unit] = exactStatistics(arrange(description), 2, [1, 1]);
    expect(nwgm(unit ?? expect.fail("a unit"))).toBeCloseTo(1 / (1 + Math.exp(0.5)), 12);
  });
});
