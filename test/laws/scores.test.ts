// What scores must satisfy whatever the predictions: propriety, limits, symmetry.
import fc from "fast-check";
import { dense, dropout, scores, sequential } from "thinned";
import { describe, expect, test } from "vitest";
import { propertyRuns } from "../agreement/runs.ts";
import { uncertainty } from "../oracle/entropy.ts";
import { normalRows } from "../oracle/values.ts";

/** Both sides are sums of the same float64 numbers in another order. */
const ROUNDING = 1e-10;

const uniforms = (length: number) =>
  fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: length, maxLength: length });

/** Probabilities, all above 0. */
const distribution = (classes: number) =>
  uniforms(classes).map((values) => {
    const sum = values.reduce((total, value) => total + value + 0.01, 0);
    return values.map((value) => (value + 0.01) / sum);
  });

const classified = fc.array(fc.record({ row: distribution(4), label: fc.integer({ min: 0, max: 3 }) }), {
  minLength: 2,
  maxLength: 30,
});

describe("proper scores", () => {
  test("of classes are best, on average over labels from a distribution, for that distribution", () => {
    fc.assert(
      fc.property(distribution(4), distribution(4), (truth, other) => {
        // The mean over labels, each as often as `truth` says, is a sum over one row of each label.
        const expected = (score: typeof scores.brier, prediction: number[]) =>
          truth.reduce((sum, p, label) => sum + p * score([prediction], [label]), 0);
        for (const score of [scores.brier, scores.negativeLogLikelihood]) {
          expect(expected(score, truth)).toBeLessThanOrEqual(expected(score, other) + ROUNDING);
        }
      }),
      propertyRuns(60, 2000),
    );
  });

  test("of numbers are best for the distribution that the targets come from", () => {
    // Targets at the mid-quantiles of N(1, 2²), by intervals that end there.
    const targets = Array.from({ length: 400 }, (_, i) => {
      const alpha = Math.min(2 * (i + 0.5), 800 - 2 * (i + 0.5)) / 400;
      if (alpha >= 1) return 1;
      const ends = scores.predictionInterval({ mean: [1], variance: [4] }, { alpha });
      return (i < 200 ? ends.lower : ends.upper).data[0] as number;
    });
    const alpha = 0.2;
    const all = (mean: number, variance: number) => {
      const gaussian = { mean: targets.map(() => mean), variance: targets.map(() => variance) };
      const { lower, upper } = scores.predictionInterval(gaussian, { alpha });
      return [
        scores.negativeLogLikelihood(gaussian, targets),
        scores.crps(gaussian, targets),
        scores.intervalScore(lower, upper, targets, { alpha }),
      ];
    };
    const truth = all(1, 4);
    for (const [mean, variance] of [
      [1.3, 4],
      [0.7, 4],
      [1, 2.5],
      [1, 6],
    ] as const) {
      for (const [i, score] of all(mean, variance).entries()) {
        expect(score, `${i} ${mean} ${variance}`).toBeGreaterThan(truth[i] as number);
      }
    }
  });

  test("of samples tend to those of the Gaussian that they come from", () => {
    const count = 40_000;
    const samples = normalRows(5, count, 1);
    for (const target of [-2, 0, 0.5, 6]) {
      const exact = scores.crps({ mean: [0], variance: [1] }, [target]);
      // The standard error of a mean of 40,000 is 0.005 times a deviation of about 1.
      expect(Math.abs(scores.crps({ samples }, [target]) - exact)).toBeLessThan(0.02);
    }
  });

  test("of few samples are fair without bias, where the empirical score is too large by E|X − X'| / 2T", () => {
    const [rows, count] = [20_000, 3];
    const draws = normalRows(6, count, rows);
    const targets = normalRows(7, 1, rows).flatMap((row) => [...row]);
    const exact = scores.crps({ mean: targets.map(() => 0), variance: targets.map(() => 1) }, targets);
    const fair = scores.crps({ samples: draws }, targets);
    const empirical = scores.crps({ samples: draws }, targets, { estimator: "empirical" });
    expect(Math.abs(fair - exact)).toBeLessThan(0.02);
    expect(Math.abs(empirical - exact - 1 / Math.sqrt(Math.PI) / count)).toBeLessThan(0.02);
  });
});

describe("the order of rows", () => {
  test("does not matter to any score", () => {
    fc.assert(
      fc.property(classified, uniforms(30), (rows, keys) => {
        const order = [...rows.keys()].sort((a, b) => (keys[a] as number) - (keys[b] as number));
        const all = (indices: number[]) => {
          const some = indices.map((i) => rows[i] as (typeof rows)[number]);
          const probabilities = some.map(({ row }) => row);
          const labels = some.map(({ label }) => label);
          // Few different values: there are ties.
          const doubts = probabilities.map((row) => Math.round(4 * (row[0] as number)));
          const wrong = labels.map((label) => Number(label > 1));
          const numbers = [
            scores.negativeLogLikelihood(probabilities, labels),
            scores.brier(probabilities, labels),
            scores.expectedCalibrationError(probabilities, labels, { bins: 5 }),
            scores.expectedCalibrationError(probabilities, labels, { bins: 5, strategy: "equalMass" }),
            scores.riskCoverage(doubts, wrong).aurc,
            scores.crps({ mean: labels, variance: doubts }, wrong),
          ];
          return new Set(wrong).size < 2 ? numbers : [...numbers, scores.auroc(doubts, wrong)];
        };
        const [plain, shuffled] = [all([...rows.keys()]), all(order)];
        for (const [i, value] of plain.entries()) {
          expect(Math.abs((shuffled[i] as number) - value)).toBeLessThan(ROUNDING);
        }
      }),
      propertyRuns(60, 2000),
    );
  });

  test("and that of the samples does not matter to what samples say", () => {
    const samples = normalRows(8, 9, 6);
    const reversed = [...samples].reverse();
    const targets = normalRows(9, 1, 6).flatMap((row) => [...row]);
    expect(scores.crps({ samples }, targets)).toBe(scores.crps({ samples: reversed }, targets));
    const likelihood = (of: Float32Array[]) => scores.negativeLogLikelihood({ samples: of, tau: 2 }, targets);
    expect(Math.abs(likelihood(samples) - likelihood(reversed))).toBeLessThan(ROUNDING);
  });
});

describe("limits", () => {
  test("0 ≤ ECE ≤ 1, and AUROC and its mirror image are 1 together", () => {
    fc.assert(
      fc.property(classified, fc.integer({ min: 1, max: 40 }), (rows, bins) => {
        const [probabilities, labels] = [rows.map(({ row }) => row), rows.map(({ label }) => label)];
        for (const strategy of ["equalWidth", "equalMass"] as const) {
          const error = scores.expectedCalibrationError(probabilities, labels, { bins, strategy });
          expect(error).toBeGreaterThanOrEqual(0);
          expect(error).toBeLessThanOrEqual(1);
          const { count, edges, accuracy, confidence } = scores.reliabilityCurve(probabilities, labels, {
            bins,
            strategy,
          });
          expect(count.reduce((sum, rowsOfBin) => sum + rowsOfBin, 0)).toBe(rows.length);
          expect(edges.length).toBe(bins + 1);
          expect([...edges, ...accuracy, ...confidence].every(Number.isFinite)).toBe(true);
        }
        const isWrong = labels.map((label) => Number(label > 1));
        if (new Set(isWrong).size < 2) return;
        const doubts = probabilities.map((row) => row[0] as number);
        const mirrored = doubts.map((value) => -value);
        expect(scores.auroc(doubts, isWrong) + scores.auroc(mirrored, isWrong)).toBeCloseTo(1, 12);
      }),
      propertyRuns(60, 2000),
    );
  });

  test("no number depends on how samples are cut for the module", () => {
    // 40 samples of 9,000 rows of 4 are more than one call takes.
    const [count, rows] = [40, 9000];
    const data = new Float32Array(count * rows * 4);
    for (let i = 0; i < data.length; i += 4) data.set([0.25, 0.5, (i % 97) / 776, 0.25 - (i % 97) / 776], i);
    const whole = scores.bald({ data, shape: [count, rows, 4] });
    const of = (row: number) => {
      const slices = Array.from({ length: count }, (_, t) =>
        data.slice((t * rows + row) * 4, (t * rows + row + 1) * 4),
      );
      return scores.bald(slices.map((slice) => [slice])).data[0];
    };
    for (const row of [0, 1, 4000, 6553, 6554, 8999]) expect(whole.data[row]).toBe(of(row));
  });
});

describe("acquisition of kept samples", () => {
  test("is that of the result they come from", async () => {
    const model = sequential(
      [dropout(0.3), dense(16, { activation: "relu" }), dropout(0.5), dense(3, { activation: "softmax" })],
      { inputShape: [4], seed: 2 },
    );
    const result = await model.predictMC(normalRows(11, 20, 4), { samples: 50, seed: 1, keepSamples: true });
    const { samples } = result;
    if (samples === undefined) throw new Error("Cannot test: no samples were kept");
    for (const name of ["bald", "maxEntropy", "variationRatio", "meanStandardDeviation"] as const) {
      const [a, b] = [scores[name](samples), scores[name](result)];
      expect(a.shape).toEqual(b.shape);
      for (const [i, value] of a.data.entries()) {
        expect(Math.abs(value - (b.data[i] as number)), name).toBeLessThan(ROUNDING);
      }
    }
    model.dispose();
  });

  test("is what the definitions say", () => {
    fc.assert(
      fc.property(fc.array(distribution(3), { minLength: 1, maxLength: 12 }), (rows) => {
        const samples = rows.map((row) => [row]);
        const wanted = uncertainty(rows);
        expect(Math.abs((scores.bald(samples).data[0] as number) - wanted.mutualInformation)).toBeLessThan(
          ROUNDING,
        );
        expect(scores.bald(samples).data[0] as number).toBeGreaterThan(-ROUNDING);
      }),
      propertyRuns(40, 1000),
    );
  });
});
