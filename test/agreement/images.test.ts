// Layers of images: predictions against TensorFlow.js, sampled noise against its definition.
import {
  type Activation,
  activation,
  adam,
  alphaDropout,
  averagePool2d,
  batchNormalization,
  concreteDropout,
  conv2d,
  dense,
  dropout,
  flatten,
  gaussianDropout,
  globalAveragePool2d,
  type Layer,
  layerNormalization,
  load,
  type Model,
  maxPool2d,
  sequential,
  spatialDropout2d,
} from "thinned";
import { describe, expect, test } from "vitest";
import { at } from "../oracle/at.ts";
import { Domain, drawGates } from "../oracle/gates.ts";
import { concreteFactor, gaussianFactor, uniforms } from "../oracle/noise.ts";
import { normals } from "../oracle/values.ts";
import images from "../vectors/images.json" with { type: "json" };

const layers: Record<string, (options: never) => Layer> = {
  conv2d: ({ filters, ...options }: { filters: number; kernelSize: number }) => conv2d(filters, options),
  maxPool2d,
  averagePool2d,
  globalAveragePool2d,
  batchNormalization,
  layerNormalization,
  activation: (options: { activation: Activation }) => activation(options.activation),
};

/** Sums of a few dozen float32 products of numbers below 2. */
const TOLERANCE = 2e-6;

describe("predict() agrees with TensorFlow.js", () => {
  test.each(images.cases.map((one, index) => ({ ...one, index })))(
    "for $name $options",
    ({ name, options, inputShape, weights, x, y }) => {
      const layer = (layers[name] as (options: unknown) => Layer)(options);
      const model = sequential([layer], { inputShape, seed: 1 });
      model.setWeights(weights);
      for (const same of [model, load(model.save())]) {
        const { data, shape } = same.predict({ data: x, shape: [2, ...inputShape] });
        expect(shape).toEqual(y.shape);
        const worst = Math.max(...y.data.map((value, index) => Math.abs(value - at([...data], index))));
        expect(worst).toBeLessThan(TOLERANCE);
        same.dispose();
      }
    },
  );
});

const rows = 3;
const units = 2 * 2 * 3;
const seed = 2 ** 40 + 7;
const x = { data: Float32Array.from({ length: rows * units }, normals(3)), shape: [rows, 2, 2, 3] };

/** A layer whose noise is seen through a layer that changes nothing. */
function seen(layer: Layer): Model {
  return sequential([layer, activation("linear")], { inputShape: [2, 2, 3], seed: 1 });
}

/** Returns the sampled value of every unit by `of`, given its uniform number or gate. */
async function expectSamples(
  layer: Layer,
  of: (x: number, unit: number, row: number, sample: number) => number,
): Promise<void> {
  const model = seen(layer);
  const { samples } = await model.predictMC(x, {
    samples: 4,
    seed,
    masks: "independent",
    keepSamples: true,
    variant: "simd128",
  });
  model.dispose();
  samples?.data.forEach((value, index) => {
    const [unit, row] = [index % units, Math.floor(index / units) % rows];
    const wanted = of(at([...x.data], row * units + unit), unit, row, Math.floor(index / units / rows));
    expect(Math.abs(value - wanted)).toBeLessThan(1e-6 * (1 + Math.abs(wanted)));
  });
  expect(samples?.data).toHaveLength(4 * rows * units);
}

describe("predictMC() draws", () => {
  test("a gate per channel for spatial dropout", async () => {
    await expectSamples(spatialDropout2d([0.5, 0, 0.25]), (value, unit, row, sample) => {
      const rates = [0.5, 0, 0.25];
      const gates = drawGates({ seed, domain: Domain.monteCarlo, site: 0, row, sample }, rates);
      return (value * at([...gates], unit % 3)) / (1 - at(rates, unit % 3));
    });
  });

  test("normal factors of mean 1 for Gaussian dropout", async () => {
    await expectSamples(gaussianDropout(0.3), (value, unit, row, sample) => {
      return value * gaussianFactor(0.3, at(uniforms({ seed, site: 0, row, sample }, units), unit));
    });
  });

  test("gates to the floor of SELU for alpha dropout", async () => {
    const [q, floor] = [0.75, -1.7580993408473766];
    const a = 1 / Math.sqrt(q + floor ** 2 * q * (1 - q));
    await expectSamples(alphaDropout(0.25), (value, unit, row, sample) => {
      const rates = new Array<number>(units).fill(0.25);
      const gates = drawGates({ seed, domain: Domain.monteCarlo, site: 0, row, sample }, rates);
      return a * (at([...gates], unit) === 1 ? value : floor) - a * (1 - q) * floor;
    });
  });

  test("gates between kept and dropped for concrete dropout", async () => {
    await expectSamples(
      concreteDropout({ initialRate: 0.2, temperature: 0.5 }),
      (value, unit, row, sample) => {
        return value * concreteFactor(0.2, 0.5, at(uniforms({ seed, site: 0, row, sample }, units), unit));
      },
    );
  });
});

describe("a convolutional network", () => {
  const network = () =>
    sequential(
      [
        conv2d(4, { kernelSize: 3, activation: "relu", kernelInitializer: "heNormal" }),
        batchNormalization({ momentum: 0.8 }),
        maxPool2d(),
        flatten(),
        dropout(0.5),
        dense(3, { activation: "softmax" }),
      ],
      { inputShape: [6, 6, 1], seed: 4 },
    );
  // Bright above or bright on the left: classes that a filter tells apart.
  const examples = Array.from({ length: 48 }, (_, index) => {
    const kind = index % 3;
    return Array.from({ length: 6 }, (_row, y) =>
      Array.from({ length: 6 }, (_column, column) => [
        kind === 0 ? Number(y < 2) : kind === 1 ? Number(column < 2) : ((index * 7 + y * column) % 5) / 5,
      ]),
    );
  });
  const labels = examples.map((_, index) => index % 3);

  test("learns, and keeps its moving statistics in its file", async () => {
    const model = network();
    const loss = "sparseCategoricalCrossentropy" as const;
    const before = await model.evaluate(examples, labels, { loss });
    await model.fit(examples, labels, {
      loss,
      epochs: 40,
      batchSize: 16,
      seed: 2,
      optimizer: adam({ learningRate: 0.01 }),
    });
    const after = await model.evaluate(examples, labels, { loss, metrics: ["accuracy"] });
    expect(after.loss).toBeLessThan(before.loss / 2);
    expect(after.accuracy).toBeGreaterThan(0.9);
    const statistics = model.getWeights().map(({ shape }) => shape);
    expect(statistics).toEqual([[3, 3, 1, 4], [4], [4], [4], [4], [4], [16, 3], [3]]);
    expect([...at(model.getWeights(), 4).data].some((mean) => mean !== 0)).toBe(true);
    const copy = load(model.save());
    expect(copy.predict(examples)).toEqual(model.predict(examples));
    // What stands before the gates is fixed to the exact methods.
    const check = await model.crossCheck(examples.slice(0, 2), { samples: 400 });
    expect(check.agrees).toBe(true);
    copy.dispose();
    model.dispose();
  });

  test("names the layer that does not fit", () => {
    const build = (layer: Layer) => () => sequential([layer], { inputShape: [4, 4, 1], seed: 1 });
    expect(build(dense(2, { name: "d" }))).toThrow(/layers\[0\] \(d\).*flatten/);
    expect(build(conv2d(2, { kernelSize: 5, name: "c" }))).toThrow(/layers\[0\] \(c\).*reach over 5 cells/);
    expect(() => conv2d(2, { kernelSize: 0 })).toThrow(RangeError);
    expect(() => conv2d(2, { kernelSize: [3, 3, 3] as never })).toThrow(RangeError);
    expect(() => conv2d(2, { kernelSize: 3, padding: "full" as never })).toThrow(RangeError);
  });
});
