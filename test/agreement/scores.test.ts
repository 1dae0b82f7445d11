// The scores against the values of established packages: see test/vectors/README.md for which.
import { scores } from "thinned";
import { describe, expect, test } from "vitest";
import vectors from "../vectors/scores.json" with { type: "json" };

/** Both sides are float64; what differs is the order of some hundred sums. */
const ROUNDING = 1e-12;
/** torchmetrics sums confidences in float32. */
const FLOAT32 = 2e-7;
/** A minimiser that only sees values finds the place of a minimum to the root of their precision. */
const BY_VALUES = 1e-6;

function near(
  found: number | ArrayLike<number>,
  wanted: number | readonly unknown[],
  relative = ROUNDING,
): void {
  const [a, b] = [typeof found === "number" ? [found] : found, [wanted].flat(9) as number[]];
  expect(a.length).toBe(b.length);
  for (const [i, value] of b.entries()) {
    expect(Math.abs((a[i] as number) - value), `${a[i]} for ${value}`).toBeLessThanOrEqual(
      relative * Math.max(1, Math.abs(value)),
    );
  }
}

type Probabilities = number[] | number[][];

describe.each(vectors.classifications)("of $name", (vector) => {
  const { labels, bins } = vector;
  const probabilities = vector.probabilities as Probabilities;

  test("the likelihood and the Brier score are those of scikit-learn", () => {
    near(scores.negativeLogLikelihood(probabilities, labels), vector.negativeLogLikelihood);
    near(scores.brier(probabilities, labels), vector.brier);
  });

  test.each(["equalWidth", "equalMass"] as const)(
    "the reliability curve with bins of %s agrees",
    (strategy) => {
      const wanted = vector[strategy];
      const curve = scores.reliabilityCurve(probabilities, labels, { bins, strategy });
      // scikit-learn leaves empty bins out.
      const filled = (values: Float64Array) => values.filter((_, bin) => curve.count[bin] !== 0);
      near(filled(curve.count), wanted.count, 0);
      near(filled(curve.confidence), wanted.confidence);
      near(filled(curve.accuracy), wanted.accuracy);
      const error = scores.expectedCalibrationError(probabilities, labels, { bins, strategy });
      near(error, wanted.error, strategy === "equalWidth" ? FLOAT32 : ROUNDING);
    },
  );
});

test.each(vectors.aurocs)("the AUROC is that of scikit-learn: $name", ({ scores: values, labels, auroc }) => {
  near(scores.auroc(values, labels), auroc, 1e-14);
});

describe.each(vectors.regressions)("of $name", (vector) => {
  const { mean, variance, samples, targets, tau, alpha } = vector;
  // What is far from 0 has its scores from differences, which lose the digits of the offset.
  const relative = Math.abs(mean[0]?.[0] ?? 0) > 1e5 ? 1e-7 : ROUNDING;

  test("the scores of Gaussians agree", () => {
    near(scores.rootMeanSquaredError(mean, targets), vector.rootMeanSquaredError, relative);
    const gaussian = { mean, variance };
    near(scores.negativeLogLikelihood(gaussian, targets), vector.gaussianNegativeLogLikelihood, relative);
    near(scores.crps(gaussian, targets), vector.gaussianCrps, relative);
    near(scores.crps(gaussian, targets), vector.gaussianCrpsAgain, relative);
  });

  test("the scores of samples agree", () => {
    const sampled = { samples };
    const likelihood = scores.negativeLogLikelihood({ samples, tau }, targets);
    near(likelihood, vector.sampledNegativeLogLikelihood, relative);
    near(scores.crps(sampled, targets), vector.fairCrps, relative);
    near(scores.crps(sampled, targets, { estimator: "empirical" }), vector.empiricalCrps, relative);
  });

  test("intervals and their scores agree", () => {
    const { lower, upper } = scores.predictionInterval({ mean, variance }, { alpha });
    near(lower.data, vector.gaussianInterval.lower);
    near(upper.data, vector.gaussianInterval.upper);
    near(scores.intervalScore(lower, upper, targets, { alpha }), vector.intervalScore, relative);
    near(scores.predictionIntervalCoverage(lower, upper, targets), vector.coverage);
    near(scores.meanPredictionIntervalWidth(lower, upper), vector.width, relative);
    const between = scores.predictionInterval({ samples }, { alpha });
    near(between.lower.data, vector.sampledInterval.lower);
    near(between.upper.data, vector.sampledInterval.upper);
  });
});

test("the risk-coverage curve is that of torch-uncertainty", () => {
  const { risk, aurc, coverage } = scores.riskCoverage(vectors.risk.uncertainty, vectors.risk.losses);
  near(risk, vectors.risk.risk);
  near(aurc, vectors.risk.aurc);
  expect(coverage.at(-1)).toBe(1);
});

test.each(vectors.temperatures)("the temperature is the minimum that scipy finds: $name", (vector) => {
  const { logits, labels } = vector;
  const { temperature, after } = scores.temperatureScaling(logits, labels);
  near(temperature / vector.temperature, 1, BY_VALUES);
  near(after, vector.after);
  expect(after).toBeLessThanOrEqual(vector.after + ROUNDING);
  near(scores.applyTemperature(logits.slice(0, 3), vector.temperature).data, vector.probabilities);
});

describe("acquisition", () => {
  const { samples, ...wanted } = vectors.acquisition;

  test.each(Object.keys(wanted) as (keyof typeof wanted)[])("%s is that of scipy", (name) => {
    near(scores[name](samples).data, wanted[name]);
    expect(scores[name](samples).shape).toEqual([8]);
  });
});
