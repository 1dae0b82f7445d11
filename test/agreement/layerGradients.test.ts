// The gradients of every kind of layer, of random shapes, against differences: one SGD step of rate 1 moves a weight by its gradient.
import fc from "fast-check";
import { sgd } from "thinned";
import { describe, expect, test } from "vitest";
import { at } from "../oracle/at.ts";
import type { Activation } from "../oracle/description.ts";
import { sizeOf } from "../oracle/layers.ts";
import { drawStep, trainingPass } from "../oracle/layersForward.ts";
import { type LayersBatch, layersLoss, slope } from "../oracle/layersGradient.ts";
import type { Loss } from "../oracle/loss.ts";
import { type LayerGraph, type PlacedGraph, place } from "../oracle/placedGraph.ts";
import { normals, uniforms } from "../oracle/values.ts";
import { batchOf } from "./buildModel.ts";
import { layersModel, MOMENTUM } from "./layersModel.ts";
import { type Kind, randomLayers, randomWeights } from "./randomLayers.ts";
import { propertyRuns } from "./runs.ts";

/** Float32 activities, errors and one rounding of the weight, relative to the largest gradient and to the weight. */
const TOLERANCE = 5e-5;

const OUTPUTS = 4;

interface Aim {
  readonly loss: Loss;
  readonly activation: Activation;
  /** Targets of one row. */
  readonly target: (draw: () => number) => number[];
  /** Weights of classes, where the targets have classes. */
  readonly classWeight?: readonly number[];
}

const numbers = (draw: () => number) => Array.from({ length: OUTPUTS }, () => 4 * draw() - 2);
const shares = (draw: () => number) => Array.from({ length: OUTPUTS }, draw);
const classOf = (draw: () => number) => Math.floor(OUTPUTS * draw());
const oneHot = (draw: () => number) => {
  const target = classOf(draw);
  return Array.from({ length: OUTPUTS }, (_, k) => Number(k === target));
};
const distribution = (draw: () => number) => {
  const row = shares(draw);
  const total = row.reduce((sum, share) => sum + share, 0);
  return row.map((share) => share / total);
};
const classWeight = [1, 0.25, 3, 0];

const aims: readonly (Aim & { name: string })[] = [
  { name: "mean squared error", loss: "meanSquaredError", activation: "linear", target: numbers },
  { name: "mean squared error of classes", loss: "meanSquaredError", activation: "softmax", target: oneHot },
  { name: "mean absolute error", loss: "meanAbsoluteError", activation: "tanh", target: numbers },
  { name: "Huber", loss: { name: "huber", delta: 0.7 }, activation: "linear", target: numbers },
  {
    name: "Gaussian likelihood",
    loss: "gaussianNegativeLogLikelihood",
    activation: "linear",
    target: (draw) => numbers(draw).slice(0, OUTPUTS / 2),
  },
  { name: "binary cross-entropy", loss: "binaryCrossentropy", activation: "sigmoid", target: shares },
  {
    name: "binary cross-entropy of another logistic unit",
    loss: "binaryCrossentropy",
    activation: { type: "sigmoid", c: 2.5, lambda: 0.5 },
    target: shares,
  },
  {
    name: "categorical cross-entropy of distributions",
    loss: "categoricalCrossentropy",
    activation: "softmax",
    target: distribution,
  },
  {
    ...{ name: "categorical cross-entropy of one-hot rows", classWeight },
    ...{ loss: "categoricalCrossentropy", activation: "softmax", target: oneHot },
  },
  {
    ...{ name: "sparse categorical cross-entropy", classWeight },
    ...{ loss: "sparseCategoricalCrossentropy", activation: "softmax", target: (draw) => [classOf(draw)] },
  },
];

interface Case {
  readonly graph: LayerGraph;
  readonly rows: number;
  readonly seed: number;
  readonly maskSharing: "example" | "batch";
  readonly weighted: boolean;
}

const anyCase = (activation: Activation, kinds?: readonly Kind[]): fc.Arbitrary<Case> =>
  fc.record({
    graph: randomLayers(OUTPUTS, activation, kinds),
    rows: fc.integer({ min: 2, max: 5 }),
    seed: fc.maxSafeNat(),
    maskSharing: fc.constantFrom("example", "batch"),
    weighted: fc.boolean(),
  });

/** Trains one step, and compares the loss, every gradient and every moving average. */
async function expectAgreement(aim: Aim, one: Case): Promise<void> {
  const { graph, rows, seed, maskSharing, weighted } = one;
  const placed = place(graph);
  const draw = uniforms(seed % 2 ** 31);
  const normal = normals(seed % 1_000_003);
  const before = randomWeights(placed, draw, normal);
  const x = Array.from({ length: rows }, () =>
    Float32Array.from({ length: sizeOf(graph.inputShape) }, normal),
  );
  const targets = x.map(() => Float32Array.from(aim.target(draw)));
  const sampleWeight = x.map(() => Math.fround(2 * draw()));
  const classOfRow = (target: Float32Array) =>
    target.length === 1 ? at(target, 0) : target.indexOf(Math.max(...target));
  const weights = targets.map((target, row) => {
    const ofClass = aim.classWeight ? at(aim.classWeight, classOfRow(target)) : 1;
    return weighted ? Math.fround(at(sampleWeight, row) * ofClass) : 1;
  });
  const drawn = drawStep(placed, rows, { seed, step: 0, maskSharing });
  const batch: LayersBatch = { x, targets, weights, loss: aim.loss, drawn };

  const model = layersModel(graph);
  try {
    model.setWeights(before.map((data, index) => ({ data, shape: [...at(placed.parameters, index).shape] })));
    const target = batchOf(targets);
    const { history } = await model.fit(
      { data: batchOf(x).data, shape: [rows, ...graph.inputShape] },
      aim.loss === "sparseCategoricalCrossentropy" ? { ...target, shape: [rows] } : target,
      {
        ...{ loss: aim.loss, seed, maskSharing, batchSize: rows, shuffle: false },
        optimizer: sgd({ learningRate: 1 }),
        ...(weighted && { sampleWeight, ...(aim.classWeight && { classWeight: aim.classWeight }) }),
      },
    );
    const loss = layersLoss(placed, before, batch);
    expect(Math.abs(at(history.loss, 0) - loss)).toBeLessThan(TOLERANCE * Math.max(1, Math.abs(loss)));
    const after = model.getWeights().map(({ data }) => data);
    expectGradients(placed, before, after, batch);
    expectMovingAverages(placed, before, after, batch);
  } finally {
    model.dispose();
  }
}

function expectGradients(
  graph: PlacedGraph,
  before: readonly Float64Array[],
  after: readonly ArrayLike<number>[],
  batch: LayersBatch,
): void {
  const found = before.flatMap((tensor, which) => {
    if (at(graph.parameters, which).isMoving) return [];
    // Every weight of small tensors, some of large ones.
    const step = 1 + Math.floor(tensor.length / 24);
    const indices = [...tensor.keys()].filter((index) => index % step === 0);
    return indices.map((index) => {
      const weight = at(tensor, index);
      const moved = weight - at(at(after, which), index);
      return { which, index, weight, moved, ...slope(graph, before, batch, which, index) };
    });
  });
  const largest = found.reduce((most, { central }) => Math.max(most, Math.abs(central)), 0);
  for (const { which, index, weight, moved, central, sides } of found) {
    const tolerance = TOLERANCE * Math.max(largest, Math.abs(weight), 0.1);
    if (Math.abs(moved - central) <= tolerance) continue;
    // At a kink, of a rectifier or the largest of a window, every slope between those of its sides is one.
    const [below, above] = sides();
    const [low, high] = [Math.min(below, above), Math.max(below, above)];
    if (high - low > tolerance && moved >= low - tolerance && moved <= high + tolerance) continue;
    expect.fail(
      `tensor ${which} weight ${index}: moved by ${moved}, wanted ${central} within ${tolerance}, from ${low} to ${high}`,
    );
  }
}

function expectMovingAverages(
  graph: PlacedGraph,
  before: readonly Float64Array[],
  after: readonly ArrayLike<number>[],
  batch: LayersBatch,
): void {
  const { statistics } = trainingPass(graph, batch.x, before, batch.drawn);
  const wanted = before.map((tensor) => Float64Array.from(tensor));
  // Every application of a layer carries its averages along, in the order of the graph.
  graph.nodes.forEach(({ parameters }, index) => {
    const found = statistics.get(index + 1);
    if (!found) return;
    [found.mean, found.variance].forEach((values, which) => {
      const moving = at(wanted, at(parameters, parameters.length - 2 + which));
      moving.forEach((value, channel) => {
        moving[channel] = MOMENTUM * value + (1 - MOMENTUM) * at(values, channel);
      });
    });
  });
  graph.parameters.forEach(({ isMoving }, which) => {
    if (!isMoving) return;
    at(wanted, which).forEach((value, channel) => {
      expect(Math.abs(at(at(after, which), channel) - value)).toBeLessThan(TOLERANCE * Math.max(1, value));
    });
  });
}

describe("fit() follows the gradient of layers of random shapes", () => {
  test.each(aims)("under $name", async (aim) => {
    await fc.assert(
      fc.asyncProperty(anyCase(aim.activation), (one) => expectAgreement(aim, one)),
      propertyRuns(12, 200),
    );
  });

  const kinds: readonly Kind[] = [
    ...([
      "conv2d",
      "maxPool2d",
      "averagePool2d",
      "batchNormalization",
      "layerNormalization",
      "reshape",
    ] as const),
    ...(["dropout", "spatialDropout2d", "gaussianDropout", "alphaDropout", "concreteDropout"] as const),
    ...(["add", "multiply", "concat", "again"] as const),
  ];
  test.each(kinds)("over convolutions with %s", async (kind) => {
    const aim = at(aims, 0);
    const has = ({ graph }: Case) =>
      graph.nodes.some(({ layer, sharedWith }) =>
        kind === "again" ? sharedWith !== undefined : layer.kind === kind && sharedWith === undefined,
      );
    await fc.assert(
      fc.asyncProperty(anyCase(aim.activation, ["conv2d", kind]).filter(has), (one) =>
        expectAgreement(aim, one),
      ),
      propertyRuns(6, 60),
    );
  });
});
