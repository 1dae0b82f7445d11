// fit() against central differences: one SGD step of rate η moves a weight by -η times the gradient.
import fc from "fast-check";
import { adam, type FitOptions, sgd } from "thinned";
import { describe, expect, test } from "vitest";
import { logisticParameters, rectifierParameters } from "../oracle/activation.ts";
import { at } from "../oracle/at.ts";
import { type Activation, type Description, denseLayer, dropoutLayer } from "../oracle/description.ts";
import { numericalGradient, type TrainingBatch, trainingFactors, trainingLoss } from "../oracle/gradient.ts";
import type { Loss } from "../oracle/loss.ts";
import { arrange, type Network } from "../oracle/network.ts";
import { adamRule, sgdRule, type UpdateRule } from "../oracle/optimizer.ts";
import { normalRows, normals, uniforms } from "../oracle/values.ts";
import { type Batch, batchOf, withModel } from "./buildModel.ts";
import { everyActivation, randomNetwork } from "./randomNetwork.ts";
import { propertyRuns } from "./runs.ts";

/** Float32 activities, errors and one rounding of the weight, relative to the size of gradient and weight. */
const GRADIENT_TOLERANCE = 2e-5;

// Learning rate 1 leaves the gradient itself in the difference of the weights.
const LEARNING_RATE = 1;

const lossesOf = (activation: Activation): Loss[] => {
  if (activation === "softmax")
    return ["categoricalCrossentropy", "sparseCategoricalCrossentropy", "meanSquaredError"];
  if (logisticParameters(activation)) return ["binaryCrossentropy", "meanSquaredError"];
  return ["meanSquaredError", "meanAbsoluteError", { name: "huber", delta: 0.5 }];
};

/** Returns targets that fit the loss: class indices, probabilities, or any numbers. */
function targetRows(loss: Loss, rows: number, width: number, seed: number): Float32Array[] {
  const draw = uniforms(seed);
  return Array.from({ length: rows }, () => {
    if (loss === "sparseCategoricalCrossentropy") return Float32Array.of(Math.floor(draw() * width));
    const row = Float32Array.from({ length: width }, draw);
    if (loss !== "categoricalCrossentropy") return row;
    const total = row.reduce((sum, value) => sum + value, 0);
    return row.map((value) => value / total);
  });
}

function targetTensor(batch: Pick<TrainingBatch, "loss" | "targets">): Batch {
  const tensor = batchOf(batch.targets);
  return batch.loss === "sparseCategoricalCrossentropy"
    ? { ...tensor, shape: [batch.targets.length] }
    : tensor;
}

type Schedule = Pick<FitOptions, "epochs" | "batchSize" | "optimizer">;

async function trainedWeights(description: Description, batch: TrainingBatch, options: Schedule) {
  return withModel(description, async (model) => {
    const { seed, loss, maskSharing } = batch;
    const { history } = await model.fit(batchOf(batch.rows), targetTensor(batch), {
      seed,
      loss,
      maskSharing,
      shuffle: false,
      ...options,
    });
    return { history, weights: model.getWeights() };
  });
}

async function expectGradientAgreement(description: Description, batch: TrainingBatch): Promise<void> {
  const network = arrange(description);
  const gradient = numericalGradient(network, network.parameters, batch);
  const { history, weights } = await trainedWeights(description, batch, {
    epochs: 1,
    batchSize: batch.rows.length,
    optimizer: sgd({ learningRate: LEARNING_RATE, momentum: 0 }),
  });

  const loss = trainingLoss(network, network.parameters, batch, trainingFactors(network, batch));
  expect(Math.abs(at(history.loss ?? [], 0) - loss)).toBeLessThanOrEqual(
    GRADIENT_TOLERANCE * Math.max(1, loss),
  );

  expect(weights.length).toBe(network.parameters.length);
  const largest = gradient
    .flatMap((tensor) => [...tensor])
    .reduce((most, g) => Math.max(most, Math.abs(g)), 0);
  network.parameters.forEach((before, tensor) => {
    before.forEach((weight, index) => {
      const moved = (weight - at(at(weights, tensor).data, index)) / LEARNING_RATE;
      const wanted = at(at(gradient, tensor), index);
      const tolerance = GRADIENT_TOLERANCE * Math.max(largest, Math.abs(weight), 1e-2);
      if (!(Math.abs(moved - wanted) <= tolerance)) {
        expect.fail(
          `tensor ${tensor} weight ${index}: moved by ${moved}, wanted ${wanted} within ${tolerance}`,
        );
      }
    });
  });
}

const draw = normals(51);
const weights = (count: number, size = 1): number[] => Array.from({ length: count }, () => size * draw());

// One hidden layer of each activation between gates of every kind.
function twoLayers(hidden: Activation, output: Activation): Description {
  return {
    inputs: 5,
    nodes: [
      dropoutLayer(0, [0.5, 0, 0.2, 0.3, 0.5]),
      denseLayer(1, 4, weights(20, 0.6), { bias: weights(4), activation: hidden }),
      dropoutLayer(2, 0.5, "standard"),
      denseLayer(3, 3, weights(12), { bias: weights(3), activation: output, connectionRate: 0.25 }),
    ],
    output: 4,
  };
}

function batchFor(description: Description, loss: Loss, change: Partial<TrainingBatch> = {}): TrainingBatch {
  const network = arrange(description);
  const width = at(network.nodes, network.nodes.length - 1).width;
  const rows = normalRows(61, 6, description.inputs);
  return {
    rows,
    targets: targetRows(loss, rows.length, width, 62),
    loss,
    seed: 77,
    step: 0,
    maskSharing: "example",
    ...change,
  };
}

describe("fit() follows the gradient", () => {
  const pairs = everyActivation.flatMap((output) => lossesOf(output).map((loss) => ({ output, loss })));
  test.each(pairs)("of $loss over $output, gates per example and per batch", async ({ output, loss }) => {
    const description = twoLayers("tanh", output);
    await expectGradientAgreement(description, batchFor(description, loss, { maskSharing: "example" }));
    await expectGradientAgreement(description, batchFor(description, loss, { maskSharing: "batch" }));
  });

  test.each(everyActivation.map((hidden) => ({ hidden })))(
    "through a hidden layer of $hidden",
    async ({ hidden }) => {
      const description = twoLayers(hidden, "linear");
      await expectGradientAgreement(description, batchFor(description, "meanSquaredError"));
    },
  );

  test("through random graphs of every kind of node", async () => {
    // Kinks are left to the cases above: at a pre-activation that is exactly 0, as gates make it, there is no derivative.
    const smooth = everyActivation.filter(
      (activation) => activation !== "relu" && (activation === "elu" || !rectifierParameters(activation)),
    );
    await fc.assert(
      fc.asyncProperty(
        randomNetwork({ activations: smooth, gates: 40, width: 5 }),
        fc.maxSafeNat(),
        fc.constantFrom<TrainingBatch["maskSharing"]>("example", "batch"),
        async (description, seed, maskSharing) => {
          const last = at(description.nodes, description.nodes.length - 1);
          const activation = last.kind === "dense" ? last.activation : "linear";
          const loss = at(lossesOf(activation), seed % lossesOf(activation).length);
          await expectGradientAgreement(description, batchFor(description, loss, { seed, maskSharing }));
        },
      ),
      propertyRuns(100, 2000),
    );
  });

  test("over wide layers and more rows than a block of lanes", async () => {
    const description: Description = {
      inputs: 33,
      nodes: [
        dropoutLayer(0, 0.5),
        denseLayer(1, 7, weights(33 * 7, 0.2), { bias: weights(7), activation: "relu" }),
        denseLayer(2, 5, weights(35, 0.5), { bias: weights(5), activation: "softmax" }),
      ],
      output: 3,
    };
    const rows = normalRows(63, 21, 33);
    const targets = targetRows("sparseCategoricalCrossentropy", 21, 5, 64);
    await expectGradientAgreement(
      description,
      batchFor(description, "sparseCategoricalCrossentropy", { rows, targets }),
    );
  });
});

describe("fit() follows its optimizer over epochs of uneven batches", () => {
  const sgdOptions = { learningRate: 0.1, momentum: 0.9 };
  const adamOptions = { learningRate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 };
  test.each([
    ["sgd", () => sgd(sgdOptions), () => sgdRule(sgdOptions)],
    ["adam", () => adam(adamOptions), () => adamRule(adamOptions)],
  ] as const)("%s", async (_, optimizer, newRule) => {
    const description = twoLayers("tanh", "softmax");
    const all = batchFor(description, "sparseCategoricalCrossentropy");
    const [epochs, batchSize] = [3, 4];
    const network = arrange(description);
    const wanted = trainNaively(network, all, { epochs, batchSize, newRule });
    const { weights: found } = await trainedWeights(description, all, {
      epochs,
      batchSize,
      optimizer: optimizer(),
    });
    wanted.forEach((tensor, which) => {
      tensor.forEach((weight, index) => {
        expect(Math.abs(at(at(found, which).data, index) - weight)).toBeLessThan(1e-4);
      });
    });
  });
});

interface NaiveTraining {
  readonly epochs: number;
  readonly batchSize: number;
  readonly newRule: () => UpdateRule;
}

// Batches in the order of the rows, the last one of what is left; steps count on from epoch to epoch.
function trainNaively(
  network: Network,
  all: TrainingBatch,
  { epochs, batchSize, newRule }: NaiveTraining,
): Float64Array[] {
  const rules = network.parameters.map(newRule);
  let parameters = [...network.parameters];
  let step = 0;
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (let start = 0; start < all.rows.length; start += batchSize) {
      const end = start + batchSize;
      const batch = {
        ...all,
        rows: all.rows.slice(start, end),
        targets: all.targets.slice(start, end),
        step: step++,
      };
      const gradient = numericalGradient(network, parameters, batch);
      parameters = parameters.map((tensor, index) => at(rules, index)(tensor, at(gradient, index)));
    }
  }
  return parameters;
}
