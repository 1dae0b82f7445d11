// Inference, scores and processes at the ends of the range of float64: the right number, or one error, and never NaN or Infinity.
import { bayes, dense, dropout, gp, ShapeError, scores, sequential, standardize } from "thinned";
import { describe, expect, it, test } from "vitest";
import { expectError } from "./expectError.ts";

const x = [[1], [2]];
const y = [1, 2];
const model = sequential([dropout(0.5), dense(1)], { inputShape: [1], seed: 1 });

describe("priors", () => {
  it("tie the numbers that they can, whatever their size", () => {
    const usual = bayes.weightDecay({ lengthScale: 1, rows: 10, tau: 1 });
    // l² is beyond the range, and l²/τ is not.
    for (const [lengthScale, tau] of [
      [1e200, 1e300],
      [1e-200, 1e-300],
    ] as const) {
      const decay = bayes.weightDecay({ lengthScale, rows: 10, tau });
      expect(decay / (lengthScale / tau) / lengthScale).toBeCloseTo(usual, 12);
      expect(bayes.precision({ lengthScale, rows: 10, weightDecay: decay }) / tau).toBeCloseTo(1, 12);
    }
  });

  test.each([1e200, 1e-200])("of lengthScale %d without a penalty are refused", async (lengthScale) => {
    const wanted = /lengthScale 1e[+-]?200,? .*, a finite number above 0 is wanted/;
    await expectError(() => bayes.weightDecay({ lengthScale, rows: 10, tau: 1 }), RangeError, wanted);
    await expectError(() => bayes.precision({ lengthScale, rows: 10, weightDecay: 1 }), RangeError, wanted);
    const prior = { lengthScale, tau: 1 };
    const held = /prior.lengthScale 1e-?200, .*, a number from 1e-38 to 1e38 is wanted/;
    await expectError(() => model.fit(x, y, { loss: "meanSquaredError", prior }), RangeError, held);
  });

  it("have an ELBO, or are refused", async () => {
    const of = (prior: { lengthScale: number; tau: number }, sigma?: number) =>
      model.elbo(x, y, { prior, sigma, samples: 5 });
    const wide = await of({ lengthScale: 1e-200, tau: 1 }, 1e200);
    expect(wide.kl).toBeCloseTo(0, 12); // a posterior that is the prior
    const narrow = await of({ lengthScale: 1, tau: 1 }, 1e-200);
    expect(narrow.constant).toBeCloseTo(2 * (200 * Math.log(10) - 0.5), 9);
    await expectError(() => of({ lengthScale: 1e200, tau: 1 }), RangeError, /lengthScale 1e200 it is inf/);
    await expectError(
      () => of({ lengthScale: 1, tau: 1 }, 1e200),
      RangeError,
      /smaller lengthScale or sigma/,
    );
    await expectError(() => of({ lengthScale: 1, tau: 1e308 }), RangeError, /under sample \d is -Infinity/);
    const sure = await of({ lengthScale: 1, tau: 1e200 });
    expect(Number.isFinite(sure.standardError) && sure.standardError > 0).toBe(true);
  });
});

describe("scores of numbers", () => {
  const gaussian = (scale: number) => ({ mean: [scale], variance: [scale * scale] });

  test.each([1e-150, 1e150, 1e154])("know the unit %d", (scale) => {
    const [one, of] = [gaussian(1), gaussian(scale)];
    const likelihood = scores.negativeLogLikelihood(one, [3]) + Math.log(scale);
    expect(scores.negativeLogLikelihood(of, [3 * scale])).toBeCloseTo(likelihood, 10);
    const sampled = { samples: [[scale]], tau: 1 / scale / scale };
    expect(scores.negativeLogLikelihood(sampled, [3 * scale])).toBeCloseTo(likelihood, 10);
    expect(scores.crps(of, [3 * scale]) / scale).toBeCloseTo(scores.crps(one, [3]), 12);
    expect(scores.rootMeanSquaredError([scale], [3 * scale]) / scale).toBeCloseTo(2, 12);
  });

  it("of deviations that are no number are refused by the variance", async () => {
    for (const [sigma, state] of [
      [1e170, "variance[0] is Infinity"],
      [1e-170, "variance[0] is 0"],
    ] as const) {
      await expectError(() => scores.negativeLogLikelihood(gaussian(sigma), [0]), RangeError, state);
    }
    const tau = 1e-308;
    expect(scores.negativeLogLikelihood({ samples: [[0]], tau }, [0])).toBeCloseTo(
      0.5 * (Math.log(2 * Math.PI) + 308 * Math.log(10)),
      10,
    );
  });

  it("reach as far as numbers do", async () => {
    const samples = [[-1e308], [1e308]];
    expect(scores.crps({ samples }, [1e308])).toBe(0);
    expect(scores.crps({ samples }, [0], { estimator: "empirical" })).toBe(5e307);
    expect(scores.crps({ mean: [0, 0], variance: [0, 0] }, [1e308, 1e308])).toBe(1e308);
    expect(scores.predictionInterval({ samples }, { alpha: 0.5 }).upper.data[0]).toBe(5e307);
    expect(scores.meanPredictionIntervalWidth([0, 0], [1e308, 1e308])).toBe(1e308);
    expect(scores.riskCoverage([1, 2], [1e308, 1e308]).aurc).toBe(1e308);
    const [low, high] = [[-1e308], [1e308]];
    const beyond = /is Infinity, a number in the range of float64 is wanted/;
    await expectError(() => scores.crps({ mean: low, variance: [1] }, high), RangeError, beyond);
    await expectError(
      () => scores.negativeLogLikelihood({ samples: [low], tau: 1 }, high),
      RangeError,
      "row 0",
      beyond,
    );
    await expectError(
      () => scores.negativeLogLikelihood({ mean: low, variance: [1] }, high),
      RangeError,
      beyond,
    );
    await expectError(() => scores.rootMeanSquaredError(low, high), RangeError, beyond);
    await expectError(() => scores.meanPredictionIntervalWidth(low, high), RangeError, beyond);
    await expectError(() => scores.intervalScore([0], [1], high, { alpha: 0.1 }), RangeError, beyond);
    await expectError(
      () => scores.intervalScore([0], [1], [2], { alpha: 5e-324 }),
      RangeError,
      "alpha is 5e-324",
    );
    await expectError(
      () => model.predictiveLogLikelihood([[1]], [3e38], { tau: 1e300, samples: 3 }),
      RangeError,
      "row 0 is -Infinity",
    );
  });

  it("standardise what varies, however little", async () => {
    expect(standardize([[1e-200], [3e-200]]).transform([[3e-200]]).data[0]).toBeCloseTo(1, 12);
    expect([...standardize([-1e308, 1e308]).transform([1e308, -1e308]).data]).toEqual([1, -1]);
    await expectError(
      () =>
        standardize(
          [
            [0, 1],
            [5e-324, 2],
          ],
          { columns: ["a", "b"] },
        ),
      RangeError,
      'column "a" of rows is varying by less than float64 can hold',
    );
    await expectError(
      () => standardize([[0], [10]]).inverse([[1e308], [Number.MAX_VALUE]]),
      RangeError,
      "x[0, 0], 1e+308, becomes Infinity",
    );
    await expectError(() => standardize([1e-300, 2e-300]).transform([1e300]), RangeError, "becomes Infinity");
  });
});

describe("Gaussian processes", () => {
  it("have covariances that are numbers, or none", async () => {
    const { data } = await gp.covariances(gp.arcSine(), [[1e80], [-1e80]]);
    expect([...data].map(Math.round)).toEqual([1, -1, -1, 1]);
    const refused: [gp.Kernel, number[][], RegExp][] = [
      [gp.linear(), [[1], [1e200]], /rows 1 and 1 of x is not finite/],
      [gp.arcSine(), [[1e200]], /rows 0 and 0 of x is not finite/],
      [gp.product(gp.constant({ variance: 1e200 }), gp.constant({ variance: 1e200 })), [[1]], /not finite/],
      [gp.rbf({ lengthScale: 1e-320 }), [[1]], /not finite/],
      [gp.rbf(), [[1e308]], /x\[0, 0\] is 1e\+308, a number within ±2\^1022/],
    ];
    for (const [kernel, points, message] of refused) {
      await expectError(
        () => gp.covariances(kernel, points),
        RangeError,
        /^Cannot compute covariances/,
        message,
      );
      await expectError(() => gp.sample({ kernel }, points), RangeError, /^Cannot sample a Gauss/, message);
      await expectError(
        () =>
          gp.fit(
            { kernel, noise: 1 },
            points,
            points.map(() => 1),
          ),
        RangeError,
        /^Cannot fit a Gauss/,
        message,
      );
    }
  });

  it("have a condition number, a likelihood and predictions that are numbers", async () => {
    const large = await gp.fit({ kernel: gp.rbf({ variance: 1e300 }) }, [[1], [5]], y);
    expect(large.conditionNumber).toBeCloseTo(1, 3);
    large.dispose();
    await expectError(
      () => gp.fit({ kernel: gp.rbf() }, x, [1e200, 1]),
      RangeError,
      "likelihood is -Infinity",
    );
    const process = await gp.fit({ kernel: gp.linear(), noise: 1 }, x, y);
    await expectError(
      () => process.predict([[1e200]]),
      RangeError,
      /^Cannot predict by.*row 0 of x with itself/,
    );
    await expectError(() => process.sample([[1e200]]), RangeError, /^Cannot sample a Gaussian process/);
    await expectError(() => process.sample([[1, 2]]), ShapeError, /^Cannot sample a Gaussian process/);
    process.dispose();
    await expectError(() => process.sample(x), ReferenceError, /^Cannot sample a Gaussian process/);
  });
});
