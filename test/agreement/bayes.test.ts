// Dropout as variational inference against brute force and against kept samples.
import {
  bayes,
  concat,
  dense,
  dropout,
  graph,
  input,
  type Loss,
  l2,
  type Model,
  sequential,
  sgd,
} from "thinned";
import { describe, expect, it } from "vitest";
import { logMeanExp, logNormal, mixtureDivergence } from "../oracle/bayes.ts";

/** Sums of some hundred terms in double precision, in other orders. */
const TOLERANCE = 1e-10;

const near = (actual: number, expected: number, tolerance = TOLERANCE) =>
  expect(Math.abs(actual - expected), `${actual} ${expected}`).toBeLessThan(
    tolerance * Math.max(1, Math.abs(expected)),
  );

const rows = Array.from({ length: 7 }, (_, i) => [Math.sin(i), Math.cos(3 * i), i / 7]);

const network = (outputs: number, activation: "linear" | "softmax" | "sigmoid", seed = 3): Model =>
  sequential([dropout(0.2), dense(8, { activation: "tanh" }), dropout(0.5), dense(outputs, { activation })], {
    inputShape: [3],
    seed,
  });

/** Returns the kept samples as `[sample][row][output]`. */
async function samplesOf(model: Model, samples: number, seed: number): Promise<number[][][]> {
  const { samples: kept } = await model.predictMC(rows, {
    samples,
    seed,
    keepSamples: true,
    variant: "simd128",
  });
  const width = kept?.shape[2] ?? 0;
  return Array.from({ length: samples }, (_, t) =>
    rows.map((__, row) => {
      const first = (t * rows.length + row) * width;
      return [...(kept?.data.subarray(first, first + width) ?? [])];
    }),
  );
}

describe("bayes.weightDecay()", () => {
  const tie = { lengthScale: 1.5, rows: 40, rate: 0.2 };
  it.each([
    ["halfSquaredError", "standard", 0.8 / 1],
    ["halfSquaredError", "inverted", 1 / 0.8],
    ["meanSquaredError", "standard", (2 * 0.8) / 3],
    ["meanSquaredError", "inverted", 2 / 0.8 / 3],
  ] as const)(
    "of %s and %s scaling is the paper's with its factor, and precision() the way back",
    (loss, scaling, factor) => {
      const all = { ...tie, loss, scaling, outputs: 3 };
      const tau = 7;
      const paper = 1.5 ** 2 / (2 * 40 * tau);
      near(bayes.weightDecay({ ...all, tau }) / paper, factor);
      near(bayes.precision({ ...all, weightDecay: bayes.weightDecay({ ...all, tau }) }), tau);
    },
  );

  it.each([
    ["sparseCategoricalCrossentropy", 1],
    ["categoricalCrossentropy", 1],
    ["binaryCrossentropy", 1 / 3],
    ["gaussianNegativeLogLikelihood", 1 / 3],
  ] as const)("of %s has no tau", (loss, factor) => {
    near(bayes.weightDecay({ ...tie, loss, outputs: 3 }) / (1.5 ** 2 / (2 * 40)), factor / 0.8);
  });
});

describe("fit() with a prior", () => {
  it("is a fit with the penalties that bayes.weightDecay() gives each layer", async () => {
    const y = rows.map(([a = 0, b = 0]) => [a * b, a - b]);
    const prior = { lengthScale: 0.7, tau: 3 };
    const tie = { ...prior, rows: rows.length, outputs: 2 };
    const penalty = (rate: number, scaling: "inverted" | "standard") =>
      l2(bayes.weightDecay({ ...tie, rate, scaling }));
    const build = (withPenalties: boolean) => {
      const own = (rate: number, scaling: "inverted" | "standard") =>
        withPenalties
          ? { kernelRegularizer: penalty(rate, scaling), biasRegularizer: penalty(0, scaling) }
          : {};
      return sequential(
        [
          dropout(0.2, { scaling: "standard" }),
          dense(6, { activation: "relu", ...own(0.2, "standard") }),
          dense(5, { activation: "relu", ...own(0, "inverted") }),
          dropout(0.5),
          dense(2, own(0.5, "inverted")),
        ],
        { inputShape: [3], seed: 5 },
      );
    };
    const [one, other] = [build(false), build(true)];
    const options = { loss: "meanSquaredError", epochs: 3, batchSize: 4, variant: "simd128" } as const;
    const history = await one.fit(rows, y, { ...options, prior });
    const expected = await other.fit(rows, y, options);
    expect(one.getWeights()).toEqual(other.getWeights());
    // The sums of the penalties are taken in another order.
    for (const [epoch, loss] of history.history.loss.entries()) near(loss, expected.history.loss[epoch] ?? 0);
    const without = build(false);
    await without.fit(rows, y, options);
    expect(without.getWeights()).not.toEqual(one.getWeights());
  });

  it("of batches as they come is that of rows in memory, given how many rows there are", async () => {
    const y = rows.map(([a = 0, b = 0]) => [a, b]);
    const [one, other] = [network(2, "linear"), network(2, "linear")];
    const options = { loss: "meanSquaredError", epochs: 2, variant: "simd128" } as const;
    const prior = { lengthScale: 3, tau: 2 };
    await one.fit(rows, y, { ...options, prior, batchSize: rows.length, shuffle: false });
    await other.fit([[rows, y]] as const, { ...options, prior: { ...prior, rows: rows.length } });
    expect(other.getWeights()).toEqual(one.getWeights());
  });

  it("adds the quadratic term of the divergence, in the units of the loss", async () => {
    const model = network(2, "linear");
    const y = rows.map(([a = 0, b = 0]) => [a, b]);
    const prior = { lengthScale: 2, tau: 5 };
    const { quadratic } = await model.elbo(rows, y, { prior, samples: 2 });
    // A step of no length: the loss is that of the start.
    const plain = {
      loss: "meanSquaredError",
      batchSize: rows.length,
      optimizer: sgd({ learningRate: 1e-30 }),
      shuffle: false,
    } as const;
    const [withPrior, without] = [
      await model.fit(rows, y, { ...plain, prior }),
      await model.fit(rows, y, plain),
    ];
    const difference = (withPrior.history.loss[0] ?? 0) - (without.history.loss[0] ?? 0);
    near(difference, (2 / (prior.tau * 2) / rows.length) * quadratic, 1e-9);
  });
});

/** Targets and log-densities by the definition of each likelihood. */
const likelihoods: [
  string,
  Loss,
  number,
  "linear" | "softmax" | "sigmoid",
  (row: number) => number[],
  (o: number[], t: number[]) => number,
][] = [
  [
    "normal",
    "meanSquaredError",
    2,
    "linear",
    (i) => [i / 3, -0.5],
    (o, t) => o.reduce((sum, mean, k) => sum + logNormal(t[k] as number, mean, 1 / 4), 0),
  ],
  [
    "normal of predicted variance",
    "gaussianNegativeLogLikelihood",
    2,
    "linear",
    (i) => [i / 5],
    ([m = 0, s = 0], [t = 0]) => logNormal(t, m, Math.exp(s)),
  ],
  [
    "categorical",
    "sparseCategoricalCrossentropy",
    3,
    "softmax",
    (i) => [i % 3],
    (o, [t = 0]) => Math.log(o[t] as number),
  ],
  [
    "Bernoulli",
    "binaryCrossentropy",
    1,
    "sigmoid",
    (i) => [i % 2],
    ([o = 0], [t]) => Math.log(t === 1 ? o : 1 - o),
  ],
];

describe.each(likelihoods)(
  "the likelihood that is %s",
  (_, loss, outputs, activation, target, logDensity) => {
    const sparse = loss === "sparseCategoricalCrossentropy";
    const y = rows.map((__, i) => (sparse ? (target(i)[0] as number) : target(i))) as number[][];
    const tau = loss === "meanSquaredError" ? { tau: 4 } : {};
    // Targets are of single precision inside.
    const rounded = (i: number) => target(i).map(Math.fround);

    it("predictiveLogLikelihood() is the mean density of kept samples", async () => {
      const model = network(outputs, activation);
      const samples = await samplesOf(model, 60, 9);
      const options = { loss, ...tau, samples: 60, seed: 9, variant: "simd128" } as const;
      const { mean, perRow } = await model.predictiveLogLikelihood(rows, y, options);
      const expected = rows.map((__, row) =>
        logMeanExp(samples.map((sample) => logDensity(sample[row] as number[], rounded(row)))),
      );
      for (const [row, value] of expected.entries()) near(perRow.data[row] as number, value);
      near(mean, expected.reduce((sum, value) => sum + value) / rows.length);
      const alone = await model.predictiveLogLikelihood([rows[0] ?? []], [y[0] as number[]], options);
      near(alone.mean, perRow.data[0] as number, 1e-6);
    });

    it("elbo() has the mean of the totals of kept samples", async () => {
      const model = network(outputs, activation);
      const samples = await samplesOf(model, 60, 9);
      const prior = { lengthScale: 1, ...tau };
      const bound = await model.elbo(rows, y, { loss, prior, samples: 60, seed: 9, variant: "simd128" });
      const totals = samples.map((sample) =>
        sample.reduce((sum, outputs, row) => sum + logDensity(outputs, rounded(row)), 0),
      );
      const mean = totals.reduce((sum, value) => sum + value) / 60;
      const variance = totals.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 59;
      near(bound.expectedLogLikelihood, mean);
      near(bound.standardError, Math.sqrt(variance / 60));
      near(bound.elbo, bound.expectedLogLikelihood - bound.kl);
    });
  },
);

describe("the divergence from the prior", () => {
  /** One gate on two weights: the plane, in which the mixture can be summed over a grid. */
  const oneGate = (kernel: [number, number], rate: number, scaling: "inverted" | "standard") => {
    const model = sequential([dropout(rate, { scaling }), dense(2, { useBias: false })], {
      inputShape: [1],
      seed: 1,
    });
    model.setWeights([[kernel]]);
    return model;
  };

  it.each([
    [[1.5, -0.5], 0.3, "standard", 0.25],
    [[1.5, -0.5], 0.3, "inverted", 0.25],
    [[0.5, 0.25], 0.5, "standard", 0.5],
    [[0.25, 0.0], 0.1, "inverted", 1],
    [[0, 0], 0.4, "standard", 0.75],
  ] as const)(
    "of weights %j at rate %d, %s, width %d is that of the mixture",
    async (kernel, rate, scaling, sigma) => {
      const lengthScale = 1.3;
      const model = oneGate([kernel[0], kernel[1]], rate, scaling);
      const options = { prior: { lengthScale, tau: 1 }, sigma, samples: 2 };
      const {
        kl,
        quadratic,
        entropy,
        constant = 0,
        overlap = 0,
      } = await model.elbo([[1]], [[0, 0]], options);
      const factor = scaling === "inverted" ? 1 / (1 - rate) : 1;
      const brute = mixtureDivergence([kernel[0] * factor, kernel[1] * factor], 1 - rate, sigma, lengthScale);
      near(kl, brute, 1e-9);
      near(kl, quadratic - entropy + constant + overlap);
      // Between components that coincide and such as are far apart.
      expect(overlap).toBeLessThanOrEqual(entropy + 1e-12);
      if (kernel[0] === 0) near(overlap, entropy);
    },
  );

  it("without width is the whole one less its constant, as soon as the components are apart", async () => {
    const model = oneGate([2, -1], 0.25, "inverted");
    const prior = { lengthScale: 0.8, tau: 1 };
    const limit = await model.elbo([[1]], [[0, 0]], { prior, samples: 2 });
    near(limit.quadratic, (0.8 ** 2 / 2) * (5 / 0.75));
    near(limit.entropy, -(0.75 * Math.log(0.75) + 0.25 * Math.log(0.25)));
    near(limit.kl, limit.quadratic - limit.entropy);
    const error = async (sigma: number) => {
      const { kl, constant = 0 } = await model.elbo([[1]], [[0, 0]], { prior, sigma, samples: 2 });
      return Math.abs(kl - constant - limit.kl);
    };
    // ‖m‖/σ is 3, 12 and 60: the error is the overlap, which falls as e^(−d²/8).
    expect(await error(1)).toBeGreaterThan(0.05);
    expect(await error(0.25)).toBeLessThan(1e-7);
    expect(await error(0.05)).toBeLessThan(1e-14);
  });

  it("counts a gate once, whatever it acts on, and connections one by one", async () => {
    const x = input([1]);
    const gated = dropout(0.5).apply(x);
    const two = concat().apply([
      dense(1, { useBias: false }).apply(gated),
      dense(1, { useBias: false }).apply(gated),
    ]);
    const forked = graph({ inputs: x, outputs: two, seed: 1 });
    forked.setWeights([[[1.5]], [[-0.5]]]);
    const options = { prior: { lengthScale: 1, tau: 1 }, sigma: 0.5, samples: 2 };
    const joined = await oneGate([1.5, -0.5], 0.5, "inverted").elbo([[1]], [[0, 0]], options);
    near((await forked.elbo([[1]], [[0, 0]], options)).kl, joined.kl);

    const connections = sequential([dense(2, { useBias: false, connectionRate: 0.5 })], {
      inputShape: [1],
      seed: 1,
    });
    const { entropy, quadratic } = await connections.elbo([[1]], [[0, 0]], options);
    near(entropy, 2 * Math.log(2));
    expect(quadratic).toBeGreaterThan(0);
  });
});

describe("predictiveCovariance()", () => {
  it("is that of kept samples, across rows and outputs", async () => {
    const model = network(2, "linear");
    const count = 150;
    const samples = (await samplesOf(model, count, 4)).map((sample) => sample.flat());
    const { mean, covariance } = await model.predictiveCovariance(rows, {
      samples: count,
      seed: 4,
      variant: "simd128",
    });
    expect(mean.shape).toEqual([7, 2]);
    expect(covariance.shape).toEqual([7, 2, 7, 2]);
    const size = 14;
    const average = (value: (sample: number[]) => number) =>
      samples.reduce((sum, sample) => sum + value(sample), 0) / count;
    const means = Array.from({ length: size }, (_, i) => average((sample) => sample[i] as number));
    for (let i = 0; i < size; i++) {
      near(mean.data[i] as number, means[i] as number);
      for (let j = 0; j < size; j++) {
        const expected = average(
          (sample) =>
            ((sample[i] as number) - (means[i] as number)) * ((sample[j] as number) - (means[j] as number)),
        );
        near(covariance.data[i * size + j] as number, expected);
      }
    }
    const { variance } = await model.predictMC(rows, { samples: count, seed: 4, variant: "simd128" });
    for (const [i, value] of variance.data.entries()) near(covariance.data[i * size + i] as number, value);
  });
});

describe("bayes.varianceParts()", () => {
  it("adds up to the law of total variance over kept samples", async () => {
    const model = network(4, "linear");
    const result = await model.predictMC(rows, {
      samples: 80,
      seed: 2,
      keepSamples: true,
      variant: "simd128",
    });
    const { mean, aleatoric, epistemic, predictiveVariance } = await bayes.varianceParts(result);
    expect(mean.shape).toEqual([7, 2]);
    const samples = await samplesOf(model, 80, 2);
    for (let row = 0; row < 7; row++) {
      for (let k = 0; k < 2; k++) {
        const place = row * 2 + k;
        const noise = samples.reduce((sum, sample) => sum + Math.exp(sample[row]?.[k + 2] as number), 0) / 80;
        near(mean.data[place] as number, result.mean.data[row * 4 + k] as number);
        near(epistemic.data[place] as number, result.variance.data[row * 4 + k] as number);
        near(aleatoric.data[place] as number, noise);
        near(predictiveVariance.data[place] as number, noise + (epistemic.data[place] as number));
      }
    }
  });
});
