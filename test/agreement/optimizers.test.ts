// The optimisers, clipping, schedules and losses against PyTorch: numbers and the script that made them in test/vectors.
import {
  adagrad,
  adam,
  adamW,
  cosineDecay,
  dense,
  exponentialDecay,
  huber,
  type Loss,
  linearRamp,
  type Model,
  type NestedArray,
  type Optimizer,
  rmsprop,
  sequential,
  sgd,
  stepDecay,
} from "thinned";
import { describe, expect, test } from "vitest";
import { at } from "../oracle/at.ts";
import vectors from "../vectors/optimizers.json" with { type: "json" };

/** Float32 weights and moments against float64, over ten steps of weights of order 1. */
const STEP_TOLERANCE = 3e-6;

/** What the issue of the toolkit asks of 50 steps. */
const CURVE_TOLERANCE = 1e-5;

const optimizers: Record<keyof typeof vectors.cases, () => Optimizer> = {
  sgd: () => sgd({ learningRate: 0.05 }),
  momentum: () => sgd({ learningRate: 0.05, momentum: 0.9 }),
  nesterov: () => sgd({ learningRate: 0.05, momentum: 0.9, nesterov: true }),
  adam: () => adam({ learningRate: 0.02, beta1: 0.8, beta2: 0.99 }),
  adamW: () => adamW({ learningRate: 0.02, weightDecay: 0.1 }),
  rmsprop: () => rmsprop({ learningRate: 0.01 }),
  rmspropMomentum: () => rmsprop({ learningRate: 0.005, momentum: 0.5 }),
  rmspropCentered: () => rmsprop({ learningRate: 0.005, centered: true }),
  rmspropCenteredMomentum: () => rmsprop({ learningRate: 0.002, momentum: 0.5, centered: true }),
  adagrad: () => adagrad({ learningRate: 0.1 }),
  clipNorm: () => sgd({ learningRate: 0.05, momentum: 0.9, clipNorm: 0.5 }),
  clipValue: () => sgd({ learningRate: 0.05, momentum: 0.9, clipValue: 0.25 }),
  stepDecay: () => sgd({ learningRate: stepDecay({ start: 0.1, factor: 0.5, every: 3 }), momentum: 0.5 }),
  exponentialDecay: () => sgd({ learningRate: exponentialDecay({ start: 0.1, factor: 0.9 }), momentum: 0.5 }),
  cosineDecay: () => sgd({ learningRate: cosineDecay({ start: 0.1, end: 0.01, steps: 60 }), momentum: 0.5 }),
  cosineWarmup: () =>
    sgd({ learningRate: cosineDecay({ start: 0.1, steps: 54, warmupSteps: 4 }), momentum: 0.5 }),
  momentumRamp: () => sgd({ learningRate: 0.05, momentum: linearRamp({ start: 0.5, end: 0.9, epochs: 20 }) }),
};

const names = Object.keys(optimizers) as (keyof typeof optimizers)[];

function expectNear(found: ArrayLike<number>, wanted: readonly number[], tolerance: number): void {
  expect(found.length).toBe(wanted.length);
  wanted.forEach((value, index) => {
    const difference = Math.abs(at(found, index) - value);
    if (!(difference <= tolerance)) {
      expect.fail(`value ${index} is ${at(found, index)}, ${value} within ${tolerance} is wanted`);
    }
  });
}

describe("every optimizer moves weights as PyTorch's", () => {
  // One batch an epoch, so that schedules by epochs move with every step.
  test.each(names)("%s, over ten given gradients", async (name) => {
    // The loss ½(w·1 + 0)² … is of no use here: a linear unit with targets chosen so that the gradient is the given one.
    const { weights, gradients } = vectors;
    const model = sequential([dense(weights.length, { useBias: false })], { inputShape: [1], seed: 1 });
    model.setWeights([[weights]]);
    const wanted = vectors.cases[name].steps;
    const found: number[][] = [];
    await model.fit((step) => [[[[1]], [targetOf(model, at(gradients, step))]]], {
      loss: "meanSquaredError",
      optimizer: optimizers[name](),
      epochs: gradients.length,
      variant: "simd128",
      callbacks: [{ onEpochEnd: () => void found.push([...at(model.getWeights(), 0).data]) }],
    });
    wanted.forEach((after, step) => {
      expectNear(at(found, step), after, STEP_TOLERANCE);
    });
    model.dispose();
  });

  test.each(names)("%s, along the loss curve of a network", async (name) => {
    const { x, y, weights } = vectors.problem;
    const model = sequential([dense(5, { activation: "tanh" }), dense(1)], { inputShape: [3], seed: 1 });
    model.setWeights(weights as NestedArray[]);
    const { curve } = vectors.cases[name];
    const { history } = await model.fit(x, y, {
      loss: "meanSquaredError",
      optimizer: optimizers[name](),
      epochs: curve.losses.length,
      batchSize: x.length,
      shuffle: false,
      variant: "simd128",
    });
    expectNear(history.loss, curve.losses, CURVE_TOLERANCE);
    const found = model.getWeights().flatMap(({ data }) => [...data]);
    expectNear(found, curve.weights.flat(2), 100 * CURVE_TOLERANCE);
    model.dispose();
  });
});

/** Returns the targets of one row under which the gradient of the mean squared error by each weight is the given one. */
function targetOf(model: Model, gradient: readonly number[]): number[] {
  const { data } = at(model.getWeights(), 0);
  return gradient.map((value, index) => at(data, index) - (value * gradient.length) / 2);
}

const lossNames = Object.keys(vectors.losses.losses) as (keyof typeof vectors.losses.losses)[];

describe("every loss and its gradient is PyTorch's", () => {
  test.each(lossNames)("%s, with weights for the rows", async (name) => {
    const { outputs, targets, weights, classes, delta, losses } = vectors.losses;
    const activation = name.startsWith("binary") ? "sigmoid" : /ategorical/.test(name) ? "softmax" : "linear";
    // The identity as input leaves the pre-activations in the kernel, and their gradients in its change.
    const model = sequential([dense(4, { activation, useBias: false })], { inputShape: [3], seed: 1 });
    model.setWeights([outputs]);
    const x = [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ];
    // PyTorch's cross-entropy is linear in the targets, ours is of distributions: what a row of them sums to is part of its weight.
    const sums = targets.map((row) => (name === "categoricalCrossentropy" ? row.reduce((a, b) => a + b) : 1));
    const y =
      name === "sparseCategoricalCrossentropy"
        ? classes
        : name === "gaussianNegativeLogLikelihood"
          ? targets.map((row) => row.slice(0, 2))
          : targets.map((row, index) => row.map((target) => target / at(sums, index)));
    const sampleWeight = weights.map((weight, index) => weight * at(sums, index));
    const loss: Loss = name === "huber" ? huber({ delta }) : name;
    const evaluated = await model.evaluate(x, y, { loss, sampleWeight });
    expect(evaluated.loss).toBeCloseTo(losses[name].loss, 6);
    const optimizer = sgd({ learningRate: 1 });
    const options = { loss, optimizer, sampleWeight, batchSize: 3, shuffle: false } as const;
    const { history } = await model.fit(x, y, { ...options, variant: "simd128" });
    expect(history.loss[0]).toBeCloseTo(losses[name].loss, 6);
    const { data } = at(model.getWeights(), 0);
    const moved = outputs.flat().map((before, index) => before - at(data, index));
    expectNear(moved, losses[name].gradient.flat(), 1e-6);
    model.dispose();
  });
});
