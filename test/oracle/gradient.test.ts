// The gradient against the closed forms of THEORY §7, by the expectation over every mask of the inputs of one unit.
import { describe, expect, test } from "vitest";
import { type Activation, denseLayer, dropoutLayer } from "./description.ts";
import { type Factors, forward, subnetworkFactors } from "./forward.ts";
import { numericalGradient, type TrainingBatch, trainingFactors, trainingLoss } from "./gradient.ts";
import type { Loss } from "./loss.ts";
import { arrange, type Network } from "./network.ts";

const weights = [0.75, -1.5, 0.5];
const inputs = [1.25, -0.5, 2];
const rates = [0.5, 0.25, 0.125];
const target = 0.375;
const batch: TrainingBatch = {
  rows: [inputs],
  targets: [[target]],
  loss: "meanSquaredError",
  seed: 0,
  step: 0,
  maskSharing: "example",
};

function unit(activation: Activation): Network {
  const nodes = [dropoutLayer(0, rates, "standard"), denseLayer(1, 1, weights, { activation })];
  return arrange({ inputs: 3, nodes, output: 2 });
}

// Calls back once per mask with its probability, its gates and the factors they make.
function everyMask(
  network: Network,
  visit: (probability: number, gates: number[], factors: Factors) => void,
): void {
  for (let mask = 0; mask < 8; mask++) {
    const gates = rates.map((_, i) => (mask >> i) & 1);
    const probability = rates.reduce((product, rate, i) => product * (gates[i] ? 1 - rate : rate), 1);
    visit(
      probability,
      gates,
      subnetworkFactors(network, () => gates),
    );
  }
}

const STEP = 1e-5;

// E[∂loss/∂w_i] by central differences under each mask.
function expectedGradient(network: Network, loss: Loss): number[] {
  const gradient = weights.map(() => 0);
  everyMask(network, (probability, _gates, factors) => {
    weights.forEach((_, i) => {
      const lossAt = (by: number): number => {
        const moved = Float64Array.from(weights, (weight, j) => (i === j ? weight + by : weight));
        return trainingLoss(network, [moved], { ...batch, loss }, [factors]);
      };
      gradient[i] = (gradient[i] ?? 0) + (probability * (lossAt(STEP) - lossAt(-STEP))) / (2 * STEP);
    });
  });
  return gradient;
}

const sum = (term: (weight: number, input: number, keep: number) => number): number =>
  weights.reduce((total, weight, i) => total + term(weight, inputs[i] ?? 0, 1 - (rates[i] ?? 0)), 0);

describe("the expected gradient of a unit with gated inputs", () => {
  test("of a linear unit is the ensemble's plus an adaptive weight decay (eq. 25-27)", () => {
    const ensemble = sum((weight, input, keep) => keep * weight * input);
    // E_D is half the squared error in §7, the squared error here.
    expectedGradient(unit("linear"), "meanSquaredError").forEach((found, i) => {
      const [w, x, p] = [weights[i] ?? 0, inputs[i] ?? 0, 1 - (rates[i] ?? 0)];
      expect(found / 2).toBeCloseTo(-(target - ensemble) * p * x + w * x * x * p * (1 - p), 9);
    });
  });

  test("of a linear unit belongs to the expected error of eq. 28", () => {
    const network = unit("linear");
    let expected = 0;
    everyMask(network, (probability, _gates, factors) => {
      expected += probability * trainingLoss(network, network.parameters, batch, [factors]);
    });
    const ensemble = sum((weight, input, keep) => keep * weight * input);
    const decay = sum((weight, input, keep) => weight ** 2 * input ** 2 * keep * (1 - keep));
    expect(expected / 2).toBeCloseTo((target - ensemble) ** 2 / 2 + decay / 2, 13);
  });

  test("of a logistic unit is -λ I p (t - E[O | gate open]) under cross-entropy", () => {
    const activation = { type: "sigmoid", c: 2, lambda: 0.5 } as const;
    const network = unit(activation);
    expectedGradient(network, "binaryCrossentropy").forEach((found, i) => {
      const keep = 1 - (rates[i] ?? 0);
      let givenOpen = 0;
      everyMask(network, (probability, gates, factors) => {
        const activity = forward(network, inputs, factors).activities[2]?.[0] ?? Number.NaN;
        if (gates[i]) givenOpen += (probability / keep) * activity;
      });
      expect(found).toBeCloseTo(-activation.lambda * (inputs[i] ?? 0) * keep * (target - givenOpen), 9);
    });
  });
});

describe("numericalGradient()", () => {
  const network = arrange({
    inputs: 2,
    nodes: [
      dropoutLayer(0, 0.5),
      denseLayer(1, 3, [0.5, -1, 0.25, 1, 0.75, -0.5], { bias: [0.1, 0.2, 0.3], activation: "tanh" }),
      { kind: "again", of: 2, source: 0 },
      { kind: "add", sources: [2, 3] },
    ],
    output: 4,
  });
  const two: TrainingBatch = {
    ...batch,
    rows: [
      [1, -2],
      [0.5, 1],
    ],
    targets: [
      [0, 1, 0],
      [1, 0, 0],
    ],
    seed: 5,
  };

  test("of a bias that two applications share adds up both uses", () => {
    const factors = trainingFactors(network, two);
    const [, bias] = numericalGradient(network, network.parameters, two);
    const direct = two.rows.map((x, row) => {
      const { activities } = forward(network, x, factors[row] ?? []);
      const [once, again, both] = [activities[2], activities[3], activities[4]];
      return (k: number): number => {
        const slope = (activity: number): number => 1 - activity ** 2;
        const error = (both?.[k] ?? Number.NaN) - (two.targets[row]?.[k] ?? Number.NaN);
        return ((2 * error) / 3) * (slope(once?.[k] ?? Number.NaN) + slope(again?.[k] ?? Number.NaN));
      };
    });
    for (const k of [0, 1, 2]) {
      expect(bias?.[k]).toBeCloseTo(direct.reduce((total, rowGradient) => total + rowGradient(k), 0) / 2, 9);
    }
  });

  test("depends on the step, and on the position only with gates per example", () => {
    const of = (change: Partial<TrainingBatch>) =>
      trainingFactors(network, { ...two, ...change }).map((row) => row[1]);
    const steps = Array.from({ length: 20 }, (_, step) => step);
    expect(
      steps.every((step) =>
        of({ step, maskSharing: "batch" }).every((row, _, rows) => `${row}` === `${rows[0]}`),
      ),
    ).toBe(true);
    expect(
      steps.some((step) => {
        const [first, second] = of({ step });
        return `${first}` !== `${second}`;
      }),
    ).toBe(true);
    expect(new Set(steps.map((step) => `${of({ step })[0]}`)).size).toBeGreaterThan(1);
  });
});
