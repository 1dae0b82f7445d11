// What the scores refuse, and how they say so.
import { dense, dropout, ShapeError, scores, sequential } from "thinned";
import { describe, expect, test } from "vitest";
import { expectError } from "./expectError.ts";

const ofClasses: [string, (probabilities: never, labels: never) => unknown][] = [
  ["negativeLogLikelihood", scores.negativeLogLikelihood],
  ["brier", scores.brier],
  ["expectedCalibrationError", scores.expectedCalibrationError],
  ["reliabilityCurve", scores.reliabilityCurve],
  ["temperatureScaling", (probabilities, labels) => scores.temperatureScaling({ probabilities }, labels)],
];

describe.each(ofClasses)("%s()", (_name, score) => {
  const refuses = (
    probabilities: unknown,
    labels: unknown,
    ...rest: [Parameters<typeof expectError>[1], ...(string | RegExp)[]]
  ) => expectError(() => score(probabilities as never, labels as never), ...rest);

  test("throws RangeError with row and sum when probabilities do not sum to one", async () => {
    const rows = [
      [0.5, 0.5],
      [0.5, 0.375],
    ];
    await refuses(rows, [0, 1], RangeError, "probabilities[1] sums to 0.875", "0.0001");
    await refuses([[0.5, 0.5002]], [0], RangeError, "probabilities[0] sums to 1.0002");
    const within = [
      [0.2, 0.80005],
      [0.45, 0.55],
    ];
    expect(() => score(within as never, [1, 0] as never)).not.toThrow();
  });

  test("throws RangeError where a number is no probability, or not finite", async () => {
    await refuses([[1.5, -0.5]], [0], RangeError, "probabilities[0, 0] is 1.5");
    await refuses([0.5, -0.25], [0, 1], RangeError, "probabilities[1] is -0.25");
    await refuses([0.5, 1.00001], [0, 1], RangeError, "probabilities[1] is 1.00001");
    await refuses([[Number.NaN, 1]], [0], RangeError, "probabilities[0, 0] is NaN");
  });

  test("throws RangeError when a label is no class", async () => {
    await refuses([[0.5, 0.5]], [2], RangeError, "labels[0] is 2", "[0, 1]");
    await refuses([[0.5, 0.5]], [-1], RangeError, "labels[0] is -1");
    await refuses([0.5, 0.5], [1, 0.5], RangeError, "labels[1] is 0.5");
    await refuses([0.5, 0.5], [1, Number.NaN], RangeError, "labels[1] is NaN");
  });

  test("throws ShapeError when lengths do not match", async () => {
    await refuses([[0.5, 0.5]], [1, 0], ShapeError, "[2]", "[1]");
    await refuses([[[0.5, 0.5]]], [1], ShapeError, "[1, 1, 2]");
    await refuses([[0.5, 0.5]], [[1, 0]], ShapeError, "[1, 2]");
    await refuses([], [], ShapeError, "[0]");
    await refuses("0.5", [1], TypeError);
  });
});

test("one label of probability 0 makes the likelihood infinite, and the Brier score 2", () => {
  expect(scores.negativeLogLikelihood([[1, 0]], [1])).toBe(Number.POSITIVE_INFINITY);
  expect(scores.brier([[1, 0]], [1])).toBe(2);
});

test("inputs may be typed arrays, nested arrays or tensors, of one column or none", () => {
  const [p, labels] = [[0.25, 0.75, 0.5], Uint8Array.of(0, 1, 1)];
  const wanted = scores.brier(p, [0, 1, 1]);
  expect(scores.brier(Float32Array.from(p), labels)).toBe(wanted);
  expect(
    scores.brier(
      p.map((value) => [value]),
      [[0], [1], [1]],
    ),
  ).toBe(wanted);
  expect(scores.brier({ data: Float64Array.from(p), shape: [3, 1] }, { data: labels, shape: [3, 1] })).toBe(
    wanted,
  );
  expect(scores.negativeLogLikelihood(Float32Array.from(p), labels)).toBe(
    scores.negativeLogLikelihood(p, labels),
  );
  expect(scores.rootMeanSquaredError(new Float64Array(3), [[3], [4], [5]])).toBe(Math.sqrt(50 / 3));
});

describe("calibration", () => {
  test("is no NaN with empty bins or equal confidences", () => {
    const options = [{ bins: 1 }, { bins: 1000 }, { bins: 7, strategy: "equalMass" }] as const;
    for (const option of options) {
      expect(scores.expectedCalibrationError([1, 1, 0], [1, 1, 0], option)).toBe(0);
      expect(scores.expectedCalibrationError([[1, 0]], [1], option)).toBe(1);
      const { count, accuracy } = scores.reliabilityCurve([[1, 0]], [1], option);
      expect(count.filter((rows) => rows > 0)).toEqual(Float64Array.of(1));
      expect(accuracy.every((share) => share === 0)).toBe(true);
    }
  });

  test("has as many bins and rows as are asked for", () => {
    const p = Float64Array.from({ length: 140_000 }, (_, i) => (i + 0.5) / 140_000);
    const labels = p.map((_, i) => i % 2);
    for (const strategy of ["equalWidth", "equalMass"] as const) {
      const { edges, count } = scores.reliabilityCurve(p, labels, { strategy, bins: 140_000 });
      expect([edges.length, edges[140_000], count[139_999]]).toEqual([140_001, edges.at(-1), 1]);
    }
  });

  test("refuses bins that there are not", async () => {
    const of = (options: object) => () => scores.expectedCalibrationError([0.5], [1], options);
    await expectError(of({ bins: 0 }), RangeError, "bins is 0");
    await expectError(of({ strategy: "equal" }), RangeError, "equalMass");
    await expectError(of({ bin: 3 }), TypeError, "bins");
  });
});

describe("predictions of numbers", () => {
  test("are named by their fields", async () => {
    const wrong = { mean: [0], variance: [1], samples: [[0]] } as never;
    await expectError(() => scores.crps(wrong, [0]), TypeError, "mean");
    await expectError(() => scores.crps({} as never, [0]), TypeError, "no fields");
    await expectError(() => scores.crps([0] as never, [0]), TypeError, "mean and variance");
    await expectError(() => scores.crps({ mean: [0] } as never, [0]), TypeError, "variance is undefined");
    await expectError(() => scores.negativeLogLikelihood({ samples: [[0]] } as never, [0]), TypeError, "tau");
  });

  test("are parts of a result, and not all of it", async () => {
    const model = sequential([dropout(0.5), dense(2, { activation: "softmax" })], {
      inputShape: [2],
      seed: 1,
    });
    const result = (await model.predictMC([[1, 2]], { samples: 5, keepSamples: true })) as never;
    const whole = "a whole result of predictMC(), of which";
    await expectError(
      () => scores.crps(result, [[0, 1]]),
      TypeError,
      `${whole} { mean, variance: predictive`,
    );
    await expectError(
      () => scores.negativeLogLikelihood(result, [0]),
      TypeError,
      whole,
      "the mean of classes",
    );
    await expectError(
      () => scores.brier(result, [0]),
      TypeError,
      `probabilities is ${whole} the mean is wanted`,
    );
    model.dispose();
  });

  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])("throw RangeError when tau is %d", async (tau) => {
    await expectError(() => scores.negativeLogLikelihood({ samples: [[0]], tau }, [0]), RangeError, "tau");
  });

  test("throw RangeError at a variance that is none", async () => {
    const of = (variance: number[]) => ({ mean: [0, 0], variance });
    await expectError(() => scores.negativeLogLikelihood(of([1, 0]), [0, 0]), RangeError, "variance[1] is 0");
    await expectError(() => scores.crps(of([1, -1]), [0, 0]), RangeError, "variance[1] is -1");
    expect(scores.crps(of([0, 0]), [1, 3])).toBe(2);
  });

  test("throw ShapeError when targets do not fit", async () => {
    const gaussian = { mean: [[0], [0]], variance: [[1], [1]] };
    await expectError(() => scores.crps(gaussian, [0]), ShapeError, "targets has shape [1]", "[2, 1]");
    await expectError(() => scores.negativeLogLikelihood(gaussian, [[0, 0]]), ShapeError, "[1, 2]");
    await expectError(() => scores.crps({ samples: [[0, 1]] }, [0, 1]), ShapeError, "at least 2");
    await expectError(() => scores.crps({ samples: [0, 1] }, [0, 1]), ShapeError, "samples has shape [2]");
    await expectError(() => scores.rootMeanSquaredError([0, 1], [0]), ShapeError, "targets has shape [1]");
    await expectError(
      () => scores.rootMeanSquaredError([0, Number.NaN], [0, 1]),
      RangeError,
      "predictions[1]",
    );
  });
});

describe("intervals", () => {
  test("throw RangeError when they are crossed, and where alpha is no share", async () => {
    await expectError(
      () => scores.intervalScore([0, 3], [1, 2], [0, 0], { alpha: 0.1 }),
      RangeError,
      "lower[1] is 3",
      "upper[1]",
    );
    for (const alpha of [0, 1, -0.5, Number.NaN]) {
      await expectError(() => scores.intervalScore([0], [1], [0], { alpha }), RangeError, "alpha");
      await expectError(() => scores.predictionInterval({ samples: [[1]] }, { alpha }), RangeError, "alpha");
    }
    await expectError(() => scores.predictionIntervalCoverage([0], [1], [0, 1]), ShapeError, "targets");
    await expectError(() => scores.meanPredictionIntervalWidth([0], [1, 2]), ShapeError, "upper");
  });
});

describe("ranking", () => {
  test("throws RangeError when all labels of an AUROC are the same", async () => {
    await expectError(
      () => scores.auroc([0.1, 0.2], [1, 1]),
      RangeError,
      "labels are all 1",
      "label 0 and of label 1",
    );
    await expectError(() => scores.auroc([0.1, 0.2], [0, 2]), RangeError, "labels[1] is 2");
    await expectError(() => scores.auroc([[0.1, 0.2]], [0]), ShapeError, "[1, 2]");
    await expectError(() => scores.auroc([0.1, Number.NaN], [0, 1]), RangeError, "scores[1] is NaN");
    await expectError(() => scores.riskCoverage([0.1], [0, 1]), ShapeError, "losses");
  });

  test("of a result without classes is refused", async () => {
    const model = sequential([dropout(0.5), dense(2)], { inputShape: [2], seed: 1 });
    const result = await model.predictMC([[1, 2]], { samples: 5 });
    await expectError(() => scores.bald(result), TypeError, "mutualInformation undefined", "softmax");
    expect(scores.meanStandardDeviation(result).shape).toEqual([1]);
    model.dispose();
  });

  test("of what is no result says what of it is none", async () => {
    const of = (mutualInformation: unknown) => () => scores.bald({ mutualInformation } as never);
    await expectError(of({}), TypeError, "result.mutualInformation.data is undefined");
    await expectError(of({ data: "x", shape: [1] }), TypeError, 'result.mutualInformation.data is "x"');
    await expectError(of([[1]]), ShapeError, "result.mutualInformation has shape [1, 1], [batch] is wanted");
    const variance = { data: Float64Array.of(1, -1), shape: [1, 2] };
    await expectError(
      () => scores.meanStandardDeviation({ variance }),
      RangeError,
      "result.variance[0, 1] is -1",
    );
  });

  test("of samples refuses what is no distribution", async () => {
    await expectError(() => scores.bald([[[0.5, 0.4]]]), RangeError, "samples[0, 0] sums to 0.9");
    await expectError(() => scores.bald([[[[1]]]]), ShapeError, "[1, 1, 1, 1]");
    expect(scores.bald([[0.5], [0.5]]).shape).toEqual([1]);
  });
});

describe("temperatureScaling()", () => {
  test("throws RangeError where no temperature is best", async () => {
    await expectError(
      () =>
        scores.temperatureScaling(
          [
            [2, 0],
            [0, 1],
          ],
          [0, 1],
        ),
      RangeError,
      "largest",
    );
    await expectError(
      () =>
        scores.temperatureScaling(
          [
            [2, 0],
            [0, 1],
          ],
          [1, 0],
        ),
      RangeError,
      "chance",
    );
    const certain = {
      probabilities: [
        [1, 0],
        [0.6, 0.4],
      ],
    };
    await expectError(() => scores.temperatureScaling(certain, [1, 0]), RangeError, "probability 0");
    await expectError(() => scores.applyTemperature([[1, 2]], 0), RangeError, "temperature is 0");
  });

  test("keeps the shape of what it is applied to", () => {
    expect(scores.applyTemperature([0, 1], 2).shape).toEqual([2]);
    const one = scores.applyTemperature({ probabilities: [[0.2, 0.8]] }, 1);
    expect(one.shape).toEqual([1, 2]);
    expect(one.data[1]).toBeCloseTo(0.8, 14);
  });
});
