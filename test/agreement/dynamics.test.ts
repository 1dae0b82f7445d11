// Expected dropout gradients of one unit and of one-layer models against every mask, finite differences, and sampled training steps.
import { dense, dropout, dynamics, type Model, sequential, sgd } from "thinned";
import { describe, expect, test } from "vitest";
import { crossEntropy, expectation, type Kind, linear, tanh, type Unit } from "../oracle/dynamics.ts";

/** Both are float64 sums of 2^n terms near 1; the integral has an absolute error near 1e-15 a unit of its inputs. */
const DOUBLE = 1e-12;
/** Of a score that is normal: 1 in 10^8. */
const Z = 5.7;

const weights = [0.8, -1.25, 0.5, 2, -0.75, 0.25];
const input = [1.5, 0.5, -2, 1, 0, 3];
const rates = [0.5, 0.25, 0.75, 0, 0.5, 0.125];
const bias = -0.5;

const unitOf = (scaling: "standard" | "inverted", target: number): Unit => ({
  weights,
  carried: input.map((x, i) => (scaling === "inverted" ? x / (1 - (rates[i] as number)) : x)),
  rates,
  bias,
  target,
});

const logistic = { type: "sigmoid", c: 2, lambda: -1.5 } as const;
const cases: [string, object, Kind, string[]][] = [
  ["linear units", {}, linear, ["closedForm", "enumeration"]],
  ["logistic units", { activation: "sigmoid" }, crossEntropy(), ["characteristic", "enumeration"]],
  [
    "logistic units of c and λ",
    { activation: logistic },
    crossEntropy(2, -1.5),
    ["characteristic", "enumeration"],
  ],
  ["tanh units", { activation: "tanh" }, tanh, ["enumeration"]],
];

function close(found: ArrayLike<number>, wanted: ArrayLike<number>, tolerance: number): void {
  expect(found.length).toBe(wanted.length);
  Array.from(found).forEach((value, i) => {
    expect(Math.abs(value - (wanted[i] as number)), `${i}: ${value}, ${wanted[i]}`).toBeLessThanOrEqual(
      tolerance,
    );
  });
}

describe.each(cases)("dynamics of %s", (_, options, kind, methods) => {
  test.each(["standard", "inverted"] as const)("are sums over all masks, %s scaling", async (scaling) => {
    for (const target of [0, 0.25, 1]) {
      const given = { weights, input, rate: rates, bias, target, scaling, ...options };
      const wanted = expectation(unitOf(scaling, target), kind);
      for (const method of methods as dynamics.UnitMethodOptions["method"][]) {
        const found = await dynamics.expectedGradient(given, { method });
        close([found.error, ...found.weights, found.bias], [wanted.error, ...wanted.gradient], DOUBLE);
        expect(await dynamics.expectedError(given, { method })).toBe(found.error);
      }
    }
  });

  test("are finite differences of the expected error", async () => {
    const step = 1e-5;
    const at = (i: number, by: number) => {
      const moved = weights.map((w, j) => (i === j ? w + by : w));
      return {
        weights: moved,
        input,
        rate: rates,
        bias: i === weights.length ? bias + by : bias,
        target: 1,
        ...options,
      };
    };
    const differences: number[] = [];
    for (let i = 0; i <= weights.length; i++) {
      const [above, below] = [
        await dynamics.expectedError(at(i, step)),
        await dynamics.expectedError(at(i, -step)),
      ];
      differences.push((above - below) / (2 * step));
    }
    const found = await dynamics.expectedGradient(at(-1, 0));
    // The third derivative of the error, times step² / 6, and its rounding over the step.
    close([...found.weights, found.bias], differences, 1e-8);
  });
});

test("the approximation of a linear unit is exact, and that of a logistic one is of second order in the spread of S", async () => {
  const unit = { weights, input, rate: rates, bias, target: 1 };
  const exact = await dynamics.expectedGradient(unit);
  close((await dynamics.approximateGradient(unit)).weights, exact.weights, DOUBLE);
  const off = async (scale: number) => {
    const small = {
      ...unit,
      bias: 0.5,
      activation: "sigmoid",
      weights: weights.map((w) => scale * w),
    } as const;
    const [expected, approximate, plain] = [
      await dynamics.expectedGradient(small),
      await dynamics.approximateGradient(small),
      await dynamics.ensembleGradient(small),
    ];
    const distance = (from: ArrayLike<number>) =>
      Math.max(...expected.weights.map((slope, i) => Math.abs(slope - (from[i] as number))));
    return { approximate: distance(approximate.weights), ensemble: distance(plain.weights) };
  };
  const [wide, narrow] = [await off(0.2), await off(0.02)];
  // Without the decay the error is of first order in the weights, with it of second.
  expect(wide.ensemble / narrow.ensemble).toBeGreaterThan(5);
  expect(wide.ensemble / narrow.ensemble).toBeLessThan(20);
  expect(wide.approximate / narrow.approximate).toBeGreaterThan(50);
  expect(narrow.approximate).toBeLessThan(narrow.ensemble / 10);
});

test("the weight decay is the slope of its error where g′ is 1", async () => {
  const unit = { weights, input, rate: rates, target: 0 };
  const { error, weights: slopes } = await dynamics.weightDecay(unit);
  const terms = weights.map(
    (w, i) => w * (input[i] as number) ** 2 * (rates[i] as number) * (1 - (rates[i] as number)),
  );
  close(slopes, terms, DOUBLE);
  expect(error).toBeCloseTo(0.5 * terms.reduce((sum, term, i) => sum + term * (weights[i] as number), 0), 12);
});

/** One layer with the weights, as many times as there are units, the last with half of them. */
function model(activation: "linear" | "sigmoid", scaling: "standard" | "inverted", units = 1): Model {
  const made = sequential([dropout(rates, { scaling }), dense(units, { activation })], {
    inputShape: [6],
    seed: 3,
  });
  const share = (unit: number) => (unit === units - 1 && unit > 0 ? 0.5 : 1);
  const kernel = weights.map((w) => Array.from({ length: units }, (_, unit) => share(unit) * w));
  made.setWeights([kernel, new Array(units).fill(bias)]);
  return made;
}

describe.each(["linear", "sigmoid"] as const)("model.expectedGradient() of a %s layer", (activation) => {
  const kind = activation === "linear" ? linear : crossEntropy();
  const loss = activation === "linear" ? "meanSquaredError" : "binaryCrossentropy";
  const factor = activation === "linear" ? 2 : 1;

  test("is the mean over rows of the sums over all masks, for each unit", async () => {
    const net = model(activation, "inverted", 2);
    const x = [input, input.map((value) => -value)];
    const t = [
      [1, 0],
      [0.5, 1],
    ];
    const found = await net.expectedGradient(x, t, { loss });
    const kernel = (await net.getWeights())[0]?.data as Float32Array;
    let error = 0;
    const slopes = new Array(12).fill(0);
    const biases = [0, 0];
    for (const [row, values] of x.entries()) {
      for (const unit of [0, 1]) {
        const own = {
          ...unitOf("inverted", t[row]?.[unit] as number),
          weights: weights.map((_, i) => kernel[2 * i + unit] as number),
          carried: values.map((value, i) => value / (1 - (rates[i] as number))),
        };
        // Means over two rows and two units.
        const { error: one, gradient } = expectation(own, kind);
        error += (factor * one) / 4;
        for (const [i] of weights.entries()) slopes[2 * i + unit] += (factor * (gradient[i] as number)) / 4;
        biases[unit] = (biases[unit] as number) + (factor * (gradient[6] as number)) / 4;
      }
    }
    close([found.error, ...found.kernel.data, ...found.bias.data], [error, ...slopes, ...biases], DOUBLE);
    expect(found.kernel.shape).toEqual([6, 2]);
    expect(found.bias.shape).toEqual([2]);
    expect(found.method).toBe(activation === "linear" ? "closedForm" : "characteristic");
    net.dispose();
  });

  test.each(["standard", "inverted"] as const)(
    "is the mean of 100,000 sampled ones, %s scaling",
    async (scaling) => {
      const samples = 100_000;
      const net = model(activation, scaling);
      const wanted = await net.expectedGradient([input], [0.25], { loss });
      const before = net.getWeights().map(({ data }) => Float32Array.from(data));
      // Every row of the batch has a mask of its own, so one step goes by the mean of as many sampled gradients.
      const rows = new Float32Array(samples * input.length).map((__, i) => input[i % input.length] as number);
      const learningRate = 2 ** -4;
      await net.fit({ data: rows, shape: [samples, 6] }, new Float32Array(samples).fill(0.25), {
        loss,
        batchSize: samples,
        optimizer: sgd({ learningRate }),
        variant: "simd128",
        seed: 11,
      });
      const after = net.getWeights().map(({ data }) => data);
      const kernel = before[0] as Float32Array;
      const sampled = [...kernel.map((w, i) => (w - (after[0]?.[i] as number)) / learningRate)];
      sampled.push(((before[1]?.[0] as number) - (after[1]?.[0] as number)) / learningRate);
      const { variance } = expectation({ ...unitOf(scaling, 0.25), weights: [...kernel] }, kind);
      const exact = [...wanted.kernel.data, ...wanted.bias.data];
      exact.forEach((slope, i) => {
        const standardError = factor * Math.sqrt((variance[i] as number) / samples);
        // What float32 leaves of a weight over the learning rate, and of a sum of 100,000 rows.
        const rounding = 2e-6 * (1 + Math.abs(slope));
        const off = Math.abs((sampled[i] as number) - slope);
        expect(off, `${i}: ${off / standardError} standard errors`).toBeLessThan(
          Z * standardError + rounding,
        );
      });
      // The gradient of the weight-scaled network is another one, and the samples tell.
      const ensemble = wanted.ensemble.kernel.data;
      const apart = ensemble.map(
        (slope, i) =>
          Math.abs(slope - (sampled[i] as number)) / Math.sqrt((variance[i] as number) / samples + 1e-12),
      );
      expect(Math.max(...apart)).toBeGreaterThan(20);
      net.dispose();
    },
  );
});

test("model.expectedGradient() knows gated connections, and takes their own gates for each unit", async () => {
  const net = sequential([dense(2, { activation: "sigmoid", connectionRate: 0.25 })], {
    inputShape: [3],
    seed: 1,
  });
  const kernel = [1, -0.5, 0.25, 2, -1, 0.5];
  net.setWeights([{ data: Float32Array.from(kernel), shape: [3, 2] }, [0.5, -0.25]]);
  const x = [1, 2, -1];
  const found = await net.expectedGradient([x], [[1, 0]]);
  const wanted = [0, 1].map((unit) =>
    expectation(
      {
        weights: x.map((_, i) => kernel[2 * i + unit] as number),
        carried: x.map((value) => value / 0.75),
        rates: [0.25, 0.25, 0.25],
        bias: unit === 0 ? 0.5 : -0.25,
        target: 1 - unit,
      },
      crossEntropy(),
    ),
  );
  close(
    found.kernel.data,
    x.flatMap((_, i) => wanted.map(({ gradient }) => (gradient[i] as number) / 2)),
    DOUBLE,
  );
  net.dispose();
});

describe("refusals", () => {
  const refusal = async (net: Model, options = {}, t: number[] = [1]) => {
    try {
      await net.expectedGradient([[1, 2]], t, options);
    } catch (error) {
      return error;
    } finally {
      net.dispose();
    }
    return undefined;
  };
  const inputShape = [2];

  test("expectedGradient() throws RangeError for models of more than one layer, and says what is in the way", async () => {
    const two = sequential([dense(3), dropout(0.5), dense(1)], { inputShape, seed: 1 });
    expect(await refusal(two)).toEqual(
      new RangeError(
        'Cannot compute an expected gradient: "dense_2" reads from "dense_1"; a single dense layer over the input is wanted, behind at most one dropout',
      ),
    );
    const both = sequential([dropout(0.5), dense(1, { connectionRate: 0.5 })], { inputShape, seed: 1 });
    expect(await refusal(both)).toBeInstanceOf(RangeError);
  });

  test("expectedGradient() throws RangeError for softmax units, and for a method that does not apply", async () => {
    const softmax = sequential([dropout(0.5), dense(2, { activation: "softmax" })], { inputShape, seed: 1 });
    expect(String(await refusal(softmax, {}, [1, 0]))).toMatch(/^(RangeError|ShapeError)/);
    const curved = () =>
      sequential([dropout(0.5), dense(1, { activation: "tanh" })], { inputShape, seed: 1 });
    expect(await refusal(curved(), { method: "closedForm" })).toEqual(
      new RangeError(
        'Cannot compute an expected gradient: method "closedForm" is for linear units and a squared error',
      ),
    );
    expect(await refusal(curved(), { loss: "binaryCrossentropy" })).toBeInstanceOf(RangeError);
    expect(await refusal(curved(), { loss: "hinge" })).toBeInstanceOf(RangeError);
    expect(await refusal(curved(), { samples: 3 })).toBeInstanceOf(TypeError);
  });

  test("expectedGradient() throws RangeError when too many gates would be enumerated", async () => {
    const wide = sequential([dropout(0.5), dense(1, { activation: "tanh" })], { inputShape: [21], seed: 1 });
    await expect(wide.expectedGradient([new Float32Array(21).fill(1)], [1])).rejects.toThrow(
      new RangeError("Cannot enumerate an expected gradient: 21 gates reach a unit, wanted at most 20"),
    );
    wide.dispose();
  });

  const bad: [string, object, string][] = [
    ["lists of other lengths", { input: [1] }, "input has 1 values, 2 are wanted, one for each weight"],
    ["a rate of 1", { rate: 1 }, "rate is 1, a number in [0, 1) is wanted"],
    ["NaN", { weights: [1, Number.NaN] }, "weights[1] is NaN"],
    ["a target that is no probability", { activation: "sigmoid", target: 2 }, "target is 2"],
    ["an option that there is not", { labels: 1 }, "labels"],
  ];
  test.each(bad)("dynamics throw for %s", async (_, change, message) => {
    const unit = { weights: [1, 2], input: [1, 1], target: 0, rate: 0.5, ...change };
    await expect(async () => dynamics.expectedGradient(unit)).rejects.toThrow(message);
    await expect(async () => dynamics.weightDecay(unit)).rejects.toThrow(/^Cannot compute a weight decay/);
  });
});
