// The protocol of the regression tables, piece by piece: what each comes to is worked out here, in the units of the data and by plain sums.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dense, dropout, type Model, sequential, standardize } from "thinned";
import { afterAll, describe, expect, test, vi } from "vitest";
import { UsageError } from "../../reproduce/study.ts";
import { type Rows, type Trained, train } from "../../reproduce/uci/network.ts";
import { type PublishedResults, published } from "../../reproduce/uci/published.ts";
import { reaches, reportOf, summaryOf } from "../../reproduce/uci/report.ts";
import { logLikelihoodOf, scoresOf } from "../../reproduce/uci/score.ts";
import type { SplitResult } from "../../reproduce/uci/split.ts";
import { readUnfinished, writeUnfinished } from "../../reproduce/uci/unfinished.ts";

const columns = { inputs: [3, 0], target: 5 };

/** The layers that a saved model says it has. */
function layersOf(model: Model) {
  const bytes = model.save();
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  const { layers } = JSON.parse(header.__metadata__.architecture);
  return layers as { readonly kind: string; readonly config: Readonly<Record<string, unknown>> }[];
}

describe("train()", () => {
  // Means 3 and 100, deviations 2 and 10; of the target 50 and 5.
  const signs = Array.from({ length: 200 }, (_, row) => (row % 2 === 0 ? 1 : -1));
  const rows: Rows = {
    inputs: signs.map((sign, row) => [3 + 2 * sign, row < 100 ? 110 : 90]),
    targets: signs.map((sign) => 50 + 5 * sign),
    columns,
  };
  const setting = { rate: 0.1, tau: 0.25, hiddenUnits: 7, epochs: 3, seed: 5 };

  test("standardises by the rows that it is given, and leaves the penalty of the protocol on both kernels", async () => {
    const seen: { x: number[]; y: number[]; options: Record<string, unknown> }[] = [];
    const prototype = Object.getPrototypeOf(sequential([dense(1)], { inputShape: [1], seed: 1 }));
    const { fit } = prototype;
    const spy = vi.spyOn(prototype, "fit").mockImplementation(function (this: unknown, ...args: unknown[]) {
      const [x, y, options] = args as [{ data: Float64Array }, { data: Float64Array }, object];
      seen.push({ x: [...x.data], y: [...y.data], options: { ...options } });
      return fit.apply(this, args);
    });
    using trained = await train(rows, setting);
    spy.mockRestore();
    expect(trained.inputs.mean).toEqual([3, 100]);
    expect(trained.inputs.deviation).toEqual([2, 10]);
    expect(trained.target.mean).toEqual([50]);
    expect(trained.target.deviation).toEqual([5]);
    expect(seen).toHaveLength(1);
    const [{ x, y, options } = { x: [], y: [], options: {} }] = seen;
    expect(x).toEqual(signs.flatMap((sign, row) => [sign, row < 100 ? 1 : -1]));
    expect(y).toEqual(signs);
    expect(options).toMatchObject({
      loss: "meanSquaredError",
      epochs: 3,
      batchSize: 128,
      optimizer: { kind: "adam" },
    });
    const [first, hidden, second, output] = layersOf(trained.model);
    for (const gates of [first, second])
      expect(gates).toMatchObject({ kind: "dropout", config: { rates: [0.1] } });
    expect(hidden).toMatchObject({ kind: "dense", config: { units: 7, activation: "relu" } });
    expect(output).toMatchObject({ kind: "dense", config: { units: 1 } });
    // l²(1 − rate)/(2Nτ) with l = 0.01: 1e-4 · 0.9 / (2 · 200 · 0.25).
    for (const layer of [hidden, output]) {
      const kernelRegularizer = { l1: 0, l2: expect.closeTo(9e-7, 18) };
      expect(layer).toMatchObject({ config: { kernelRegularizer } });
      expect(layer?.config.biasRegularizer).toBeUndefined();
    }
  });

  test("names a constant column as in data.txt", async () => {
    const constant = { ...rows, inputs: rows.inputs.map(([one = 0]) => [one, 7]) };
    await expect(train(constant, setting)).rejects.toThrow(
      'Cannot standardize: column "0" of data.txt, in the rows that are learned from, is constant, 7 in every row',
    );
    await expect(train({ ...rows, targets: signs.map(() => 4) }, setting)).rejects.toThrow(
      'column "5 (the target)" of data.txt, in the rows that are learned from, is constant, 4 in every row',
    );
  });
});

describe("the scores of a network", () => {
  const samples = 10_000;
  const seed = 3;
  const tau = 0.04;
  const scale = 20;
  const centre = 300;
  const rows: Rows = {
    inputs: [[1], [2], [4], [6], [9]],
    // The first one 1.8 deviations from its mean, the last one far outside of its interval.
    targets: [316, 305, 289, 300, 420],
    columns,
  };

  /** A network with one gate at ½ on an input that is standardised by (x − 5)/4: w = 0.75, b = 0.125. */
  function network(): Trained {
    const model = sequential([dropout(0.5), dense(1)], { inputShape: [1], seed: 1 });
    model.setWeights([
      { data: [0.75], shape: [1, 1] },
      { data: [0.125], shape: [1] },
    ]);
    const [inputs, target] = [standardize([1, 9]), standardize([centre - scale, centre + scale])];
    return { model, inputs, target, [Symbol.dispose]: () => model.dispose() };
  }

  /** What the samples predict in the units of the target, `[rows][samples]`. */
  async function predictions({ model }: Trained): Promise<number[][]> {
    const x = { data: rows.inputs.map(([value = 0]) => (value - 5) / 4), shape: [rows.inputs.length, 1] };
    const options = { samples, seed, keepSamples: true, variant: "simd128" } as const;
    const { samples: kept } = await model.predictMC(x, options);
    return rows.targets.map((_, row) =>
      Array.from({ length: samples }, (_, sample) => {
        return centre + scale * (kept?.data[sample * rows.targets.length + row] as number);
      }),
    );
  }

  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const density = (error: number, variance: number) =>
    Math.exp((-error * error) / (2 * variance)) / Math.sqrt(2 * Math.PI * variance);

  /** Of a Gaussian: ∫ (F(z) − [z ≥ y])² dz by small steps. */
  function crpsOf(centre: number, deviation: number, y: number): number {
    const step = deviation / 500;
    const low = Math.min(centre - 10 * deviation, y);
    const high = Math.max(centre + 10 * deviation, y);
    let [distribution, total] = [0, 0];
    for (let z = low + step / 2; z < high; z += step) {
      const half = (step / 2) * density(z - centre, deviation ** 2);
      distribution += half;
      total += step * (distribution - Number(z >= y)) ** 2;
      distribution += half;
    }
    return total;
  }

  test("are in the units of the target, of 10,000 samples", async () => {
    using trained = network();
    const sampled = await predictions(trained);
    const spied = vi.spyOn(trained.model, "predictMC");
    const found = await scoresOf(trained, rows, tau, seed);
    const results = await Promise.all(spied.mock.results.map(({ value }) => value));
    expect(results.map(({ info }) => info.samples)).toEqual([10_000]);

    const means = sampled.map(mean);
    const squares = rows.targets.map((y, row) => (y - (means[row] as number)) ** 2);
    expect(found.rmse).toBeCloseTo(Math.sqrt(mean(squares)), 6);
    const likelihoods = rows.targets.map((y, row) =>
      Math.log(mean((sampled[row] as number[]).map((one) => density(y - one, 1 / tau)))),
    );
    expect(likelihoods.every(Number.isFinite)).toBe(true);
    expect(found.logLikelihood).toBeCloseTo(mean(likelihoods), 5);
    // 300 + 20(0.75(x − 5)/4 + 0.125): inverted scaling leaves the weights as they are.
    const scaled = rows.inputs.map(([x = 0]) => 300 + 20 * ((0.75 * (x - 5)) / 4 + 0.125));
    const scaledSquares = rows.targets.map((y, row) => (y - (scaled[row] as number)) ** 2);
    expect(found.scaledRmse).toBeCloseTo(Math.sqrt(mean(scaledSquares)), 4);
    const deviations = sampled.map((of, row) =>
      Math.sqrt(1 / tau + mean(of.map((one) => (one - (means[row] as number)) ** 2))),
    );
    const inside = rows.targets.map((y, row) =>
      Number(Math.abs(y - (means[row] as number)) <= 1.959964 * (deviations[row] as number)),
    );
    expect(inside).toEqual([1, 1, 1, 1, 0]);
    expect(found.coverage).toBe(0.8);
    const crps = rows.targets.map((y, row) => crpsOf(means[row] as number, deviations[row] as number, y));
    expect(found.crps / mean(crps)).toBeCloseTo(1, 3);
  });

  test("the log-likelihood that the search goes by is that of the final scores", async () => {
    using trained = network();
    const spied = vi.spyOn(trained.model, "predictiveLogLikelihood");
    const found = await logLikelihoodOf(trained, rows, tau, seed);
    expect(spied.mock.calls.map(([, , options]) => options)).toMatchObject([{ samples: 10_000, seed }]);
    expect(found).toBe((await scoresOf(trained, rows, tau, seed)).logLikelihood);
  });
});

describe("the report", () => {
  const scores = (rmse: number, logLikelihood: number) => {
    return { rmse, logLikelihood, scaledRmse: 2 * rmse, coverage: 0.95, crps: rmse / 2 };
  };

  test("summaryOf() gives the mean and its standard error over the splits", () => {
    const { rmse, logLikelihood, scaledRmse, coverage, crps } = summaryOf(
      [1, 2, 3, 4].map((value) => scores(value, -value)),
    );
    // As published: the deviation with divisor n, √1.25, over √4.
    const error = Math.sqrt(1.25) / 2;
    expect(rmse.mean).toBe(2.5);
    expect(rmse.error).toBeCloseTo(error, 12);
    expect(logLikelihood.mean).toBe(-2.5);
    expect(logLikelihood.error).toBeCloseTo(error, 12);
    expect([scaledRmse.mean, crps.mean]).toEqual([5, 1.25]);
    expect(scaledRmse.error).toBeCloseTo(2 * error, 12);
    expect(coverage.mean).toBeCloseTo(0.95, 12);
    expect(coverage.error).toBeCloseTo(0, 12);
  });

  test.each([
    ["rmse", 0.65, 0.6, 0.05, true],
    ["rmse", 0.699, 0.6, 0.05, true],
    ["rmse", 0.701, 0.6, 0.05, false],
    ["rmse", 0.1, 0.6, 0.05, true],
    ["logLikelihood", -1.299, -1.2, 0.05, true],
    ["logLikelihood", -1.301, -1.2, 0.05, false],
    ["logLikelihood", 3, -1.2, 0.05, true],
  ] as const)("a %s of %d beside %d ± %d is reached: %s", (name, ours, mean, error, expected) => {
    // How well our mean is known does not count: a wide spread would reach anything.
    expect(reaches(name, { mean: ours, error: 100 }, { mean, error })).toBe(expected);
  });

  test("says which of the published numbers are reached", () => {
    const how = { name: "yacht", epochs: 4000, splits: 20, seconds: 61.4, threads: 2 };
    const splits = [0.7, 0.8].map((rmse) => scores(rmse, -1.4));
    const text = reportOf("yacht", summaryOf(splits), how);
    expect(text).toContain("over 20 splits, 4000 epochs, 61 s on 2 threads");
    expect(text).toMatch(/RMSE, mean of the samples +0\.750 ± 0\.035 +0\.666 ± 0\.049 +reached/);
    expect(text).toMatch(/test log-likelihood +-1\.400 ± 0\.000 +-1\.250 ± 0\.015 +NOT reached/);
    expect(reportOf(undefined, summaryOf(splits), how)).not.toContain("reached");
    const one = reportOf("yacht", summaryOf(splits.slice(0, 1)), { ...how, splits: 1 });
    expect(one).toContain("yacht: one split, 4000 epochs");
    expect(one).toMatch(/RMSE, mean of the samples +0\.700 +0\.666 ± 0\.049/);
  });

  test("the published numbers are those of the release", () => {
    const line = (set: string, { rmse, logLikelihood }: PublishedResults) =>
      `${set} ${rmse.mean} ± ${rmse.error} ${logLikelihood.mean} ± ${logLikelihood.error}`;
    // Typed from the release's logs once more, not imported.
    expect(Object.entries(published).map(([set, results]) => line(set, results))).toEqual([
      "yacht 0.666 ± 0.049 -1.25 ± 0.015",
      "energy 0.539 ± 0.014 -1.212 ± 0.005",
      "concrete 4.826 ± 0.161 -2.937 ± 0.025",
    ]);
  });
});

describe("the file of an interrupted run", () => {
  const folder = mkdtempSync(join(tmpdir(), "thinned-unfinished-"));
  const file = join(folder, "splits.json");
  afterAll(() => rmSync(folder, { recursive: true }));
  const result = (split: number): SplitResult => {
    return {
      split,
      rate: 0.01,
      tau: 0.5,
      rmse: 1,
      logLikelihood: -1,
      scaledRmse: 1,
      coverage: 1,
      crps: 1,
      seconds: 2,
    };
  };
  const results = [result(1), result(0)];

  test("gives back what was done of the same work, and nothing of other work", () => {
    expect(readUnfinished(join(folder, "none.json"), "a")).toEqual({ results: [], seconds: 0 });
    writeUnfinished(file, "a", { results, seconds: 12.5 });
    expect(readUnfinished(file, "a")).toEqual({ results, seconds: 12.5 });
    expect(readUnfinished(file, "b")).toEqual({ results: [], seconds: 0 });
  });

  test("cut off anywhere, it is refused in one line that says how to begin anew", () => {
    writeUnfinished(file, "a", { results, seconds: 12.5 });
    const text = readFileSync(file, "utf8");
    for (let length = 0; length < text.length; length++) {
      writeFileSync(file, text.slice(0, length));
      expect(() => readUnfinished(file, "a")).toThrow(UsageError);
      expect(() => readUnfinished(file, "a")).toThrow(
        /^Cannot go on with the splits in .*splits\.json: .+; --restart begins without it$/,
      );
    }
  });

  test.each([
    ["null", "no key or no time is in it"],
    ['{"key":"a","seconds":-1,"results":[]}', "no key or no time is in it"],
    ['{"key":"a","seconds":1,"results":{}}', "a split of it has no number, setting or score"],
    ['{"key":"a","seconds":1,"results":[null]}', "a split of it has no number, setting or score"],
    [
      JSON.stringify({ key: "a", seconds: 1, results: [{ ...result(0), crps: null }] }),
      "a split of it has no number, setting or score",
    ],
    [JSON.stringify({ key: "a", seconds: 1, results: [result(3), result(3)] }), "a split is in it twice"],
  ])("%s is refused", (text, reason) => {
    writeFileSync(file, text);
    expect(() => readUnfinished(file, "a")).toThrow(`splits.json: ${reason}; --restart begins without it`);
  });
});
