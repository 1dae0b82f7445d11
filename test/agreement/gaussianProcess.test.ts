// Gaussian processes against scikit-learn, against plain elimination, and against networks of finite width.
import { dense, gp, sequential } from "thinned";
import { describe, expect, it } from "vitest";
import { erf, errorFunctionKernel, posterior, rectifierKernel } from "../oracle/gaussianProcess.ts";
import vectors from "../vectors/gp.json" with { type: "json" };

/** What 14 rows of a condition number below 1e3 leave of double precision; the quadratures of the reference are no better. */
const TOLERANCE = 1e-9;

const close = (actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance = TOLERANCE) => {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    expect(Math.abs((actual[i] as number) - (expected[i] as number)), `[${i}]`).toBeLessThan(tolerance);
  }
};

describe("gp.fit() agrees with scikit-learn", () => {
  it.each(vectors.cases)("$name", async ({ kernel, x, y, new: points, noise, ...expected }) => {
    const prior = await gp.covariances(kernel as gp.Kernel, x, points);
    close(prior.data, expected.prior.flat());
    const process = await gp.fit({ kernel: kernel as gp.Kernel, noise }, x, y);
    expect(Math.abs(process.logMarginalLikelihood - expected.logMarginalLikelihood)).toBeLessThan(TOLERANCE);
    const { mean, variance, predictiveVariance, covariance } = await process.predict(points, {
      covariance: true,
    });
    close(mean.data, expected.mean.flat());
    close(covariance?.data ?? [], expected.covariance.flat());
    const diagonal = expected.covariance.map((row, i) => row[i] as number);
    close(variance.data, diagonal);
    close(
      predictiveVariance.data,
      diagonal.map((value) => value + noise),
    );
    expect(mean.shape).toEqual(Array.isArray(y[0]) ? [points.length, y[0].length] : [points.length]);
    process.dispose();
  });

  it("optimize finds the maximum that scikit-learn finds", async () => {
    const { x, y, variance, lengthScale, noise, logMarginalLikelihood } = vectors.optimized;
    const process = await gp.fit({ kernel: gp.rbf(), noise: 0.1, optimize: true }, x, y);
    expect(process.info.search?.end).toBe("converged");
    expect(process.info.search?.evaluations).toBeLessThan(50);
    expect(process.logMarginalLikelihood).toBeGreaterThan(logMarginalLikelihood - 1e-6);
    const { kernel } = process as { kernel: { lengthScale?: number; variance?: number } };
    // Near a maximum the likelihood says little: scikit-learn stops at a gradient of 1e-5, here it is 1e-4.
    close(
      [kernel.variance ?? 0, kernel.lengthScale ?? 0, process.noise],
      [variance, lengthScale, noise],
      1e-3,
    );
    process.dispose();
  });
});

describe("kernels of infinite networks", () => {
  const points = [
    [0.3, -1.2],
    [2, 0.1],
    [-0.7, -0.7],
    [0, 0],
  ];
  const withBias = points.map((point) => [...point, 1]);
  const matrixOf = (kernel: typeof rectifierKernel) =>
    withBias.flatMap((x) => withBias.map((z) => kernel(x, z)));

  it("are the closed forms, the bias being the weight of a constant input", async () => {
    close((await gp.covariances(gp.arcCosine(), points)).data, matrixOf(rectifierKernel), 1e-14);
    close((await gp.covariances(gp.arcSine(), points)).data, matrixOf(errorFunctionKernel), 1e-14);
    const { data } = await gp.covariances(gp.arcCosine({ biasVariance: 0, weightVariance: 4, variance: 3 }), [
      [1, 2],
    ]);
    close(data, [(3 * 4 * 5) / 2], 1e-14);
  });

  it("processes with them are those of plain elimination", async () => {
    const y = [0.5, -1, 0.25, 2];
    const at = [
      [1, 1],
      [-3, 0.5],
    ];
    const naive = posterior((x, z) => errorFunctionKernel([...x, 1], [...z, 1]), 0.01, points, y, at);
    const process = await gp.fit({ kernel: gp.arcSine(), noise: 0.01 }, points, y);
    const { mean, covariance } = await process.predict(at, { covariance: true });
    close(mean.data, naive.mean, 1e-11);
    close(covariance?.data ?? [], naive.covariance.flat(), 1e-11);
    close([process.logMarginalLikelihood], [naive.logMarginalLikelihood], 1e-11);
    process.dispose();
  });

  /** Returns the sums of `units` random units at the points, `[points][units]`, from a layer of this library. */
  const randomSums = (units: number, seed: number): Float32Array[] => {
    const normal = { type: "randomNormal", mean: 0, stddev: 1 } as const;
    const layer = dense(units, { kernelInitializer: normal, biasInitializer: normal });
    const model = sequential([layer], { inputShape: [2], seed });
    const { data } = model.predict(points);
    model.dispose();
    return points.map((_, i) => data.subarray(i * units, (i + 1) * units));
  };

  it.each([
    ["ReLU", gp.arcCosine(), (u: number) => Math.max(0, u)],
    ["erf", gp.arcSine(), erf],
  ])("K random %s units estimate theirs with an error that falls as 1/√K", async (_, kernel, unit) => {
    const exact = (await gp.covariances(kernel, points)).data;
    const widths = [64, 512, 4096];
    const seeds = Array.from({ length: 24 }, (__, i) => i + 1);
    const errors = widths.map((width) => {
      const squares = seeds.map((seed) => {
        const activities = randomSums(width, seed).map((sums) => Float64Array.from(sums, unit));
        const squared = activities.flatMap((a, i) =>
          activities.map((b, j) => {
            const mean = a.reduce((sum, value, k) => sum + value * (b[k] as number), 0) / width;
            return (mean - (exact[i * points.length + j] as number)) ** 2;
          }),
        );
        return squared.reduce((sum, value) => sum + value) / squared.length;
      });
      return Math.sqrt(squares.reduce((sum, value) => sum + value) / seeds.length);
    });
    // √K times the error is the same at every width, to within what 24 seeds leave of a standard deviation: 1/√48, thrice.
    const scaled = errors.map((error, i) => error * Math.sqrt(widths[i] as number));
    for (const value of scaled) {
      expect(value / (scaled[0] as number)).toBeGreaterThan(0.6);
      expect(value / (scaled[0] as number)).toBeLessThan(1.6);
    }
  });
});

describe("samples", () => {
  const x = Array.from({ length: 60 }, (_, i) => [i / 20]);
  const data = { at: [[0.5], [1.1], [2.4]], y: [1, -0.5, 0.7] };

  it("of the posterior have its mean and its covariance, though it is singular in double precision", async () => {
    const process = await gp.fit({ kernel: gp.rbf({ lengthScale: 0.5 }), noise: 1e-4 }, data.at, data.y);
    const samples = 4000;
    const drawn = await process.sample(x, { samples, seed: 3 });
    expect(drawn.shape).toEqual([samples, 60]);
    const { mean, covariance } = await process.predict(x, { covariance: true });
    const value = (t: number, i: number) => drawn.data[t * 60 + i] as number;
    for (const [i, j] of [
      [0, 0],
      [10, 10],
      [30, 35],
      [0, 59],
    ] as const) {
      let [first, product] = [0, 0];
      for (let t = 0; t < samples; t++) {
        const [a, b] = [value(t, i) - (mean.data[i] as number), value(t, j) - (mean.data[j] as number)];
        first += a / samples;
        product += (a * b) / samples;
      }
      // Five standard deviations; a product of two normals of variance 1 at most has one of at most √2.
      expect(Math.abs(first)).toBeLessThan(5 / Math.sqrt(samples));
      expect(Math.abs(product - (covariance?.data[i * 60 + j] as number))).toBeLessThan(
        5 * Math.sqrt(2 / samples),
      );
    }
    process.dispose();
  });

  it("depend on the seed and their number alone", async () => {
    const options = { kernel: gp.arcSine(), seed: 7 };
    const [few, many] = [
      await gp.sample({ ...options, samples: 2 }, x),
      await gp.sample({ ...options, samples: 5 }, x),
    ];
    expect(many.data.subarray(0, 120)).toEqual(few.data);
    const other = await gp.sample({ ...options, seed: 8, samples: 2 }, x);
    expect(other.data).not.toEqual(few.data);
  });
});
