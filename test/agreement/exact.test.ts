// exact() against the oracle's enumeration, and both against 200-digit arithmetic.
import fc from "fast-check";
import type { ExactResult } from "thinned";
import { describe, expect, test } from "vitest";
import { logisticParameters } from "../oracle/activation.ts";
import { at } from "../oracle/at.ts";
import { cartwrightField, gapBounds, nwgm, secondOrder, softmaxNwgm } from "../oracle/bounds.ts";
import { type Description, denseLayer, dropoutLayer } from "../oracle/description.ts";
import { exactStatistics, type UnitStatistics } from "../oracle/exact.ts";
import { arrange, type Network } from "../oracle/network.ts";
import { normalRows } from "../oracle/values.ts";
import { ensembleVectors } from "../vectors/vectors.ts";
import { batchOf, withModel } from "./buildModel.ts";
import { everyActivation, randomNetwork } from "./randomNetwork.ts";
import { propertyRuns } from "./runs.ts";

/** What exact() promises, times max(1, scale of the activities). */
const TOLERANCE = 1e-12;

// Below this an activity has lost digits of float64.
const UNDERFLOW = 1e-290;

type Statistic = { data: ArrayLike<number>; shape: readonly number[] } | undefined;

function expectNear(name: string, found: number, wanted: number, tolerance: number): void {
  if (!(Math.abs(found - wanted) <= tolerance)) {
    expect.fail(
      `${name}: ${found}, wanted ${wanted} within ${tolerance}, differs by ${Math.abs(found - wanted)}`,
    );
  }
}

// Compares the units `units` of layer `layer`, which stand in the columns of the result in this order.
function expectExactAgreement(
  network: Network,
  layer: number,
  units: readonly number[],
  rows: readonly Float32Array[],
  result: ExactResult,
): void {
  const node = at(network.nodes, layer + 1);
  const activation = node.kind === "dense" ? node.activation : "linear";
  const isLogistic = logisticParameters(activation) !== undefined;
  const shape = [rows.length, units.length];
  const read = (name: string, statistic: Statistic, index: number): number => {
    expect(statistic?.shape, `shape of ${name}`).toEqual(shape);
    return at(statistic?.data ?? [], index);
  };

  rows.forEach((x, row) => {
    const group = exactStatistics(network, layer + 1, x);
    const groupNwgm = activation === "softmax" ? softmaxNwgm(group) : [];
    units.forEach((unit, column) => {
      const index = row * units.length + column;
      const wanted = at(group, unit);
      const scale = Math.max(1, Math.abs(wanted.minimum), Math.abs(wanted.maximum));
      const compare = (
        name: string,
        statistic: Statistic,
        value: number,
        tolerance = TOLERANCE * scale,
      ): void =>
        expectNear(
          `layer ${layer} row ${row} unit ${unit} ${name}`,
          read(name, statistic, index),
          value,
          tolerance,
        );

      compare("mean", result.mean, wanted.mean);
      compare("variance", result.variance, wanted.variance, TOLERANCE * scale ** 2);
      compare("deterministic", result.deterministic, wanted.deterministic);
      if (node.kind !== "dense") return;
      if (isLogistic) compareLogistic(compare, result, wanted);
      if (activation === "softmax") {
        compare("geometricMean", result.geometricMean, Math.exp(wanted.logGeometricMean ?? Number.NaN));
        compare("nwgm", result.nwgm, at(groupNwgm, unit));
      }
    });
  });
  if (node.kind === "dense") {
    expect(result.geometricMean === undefined).toBe(!isLogistic && activation !== "softmax");
    expect(result.nwgm === undefined).toBe(!isLogistic && activation !== "softmax");
    for (const logisticOnly of [result.complementGeometricMean, result.secondOrder, result.bounds]) {
      expect(logisticOnly === undefined).toBe(!isLogistic);
    }
  }
  expect(result.errorBound).toBeGreaterThanOrEqual(0);
  expect(Number.isFinite(result.errorBound)).toBe(true);
}

type Compare = (name: string, statistic: Statistic, value: number, tolerance?: number) => void;

function compareLogistic(compare: Compare, result: ExactResult, wanted: UnitStatistics): void {
  compare("geometricMean", result.geometricMean, Math.exp(wanted.logGeometricMean ?? Number.NaN));
  const complement = Math.exp(wanted.logComplementGeometricMean ?? Number.NaN);
  compare("complementGeometricMean", result.complementGeometricMean, complement);
  compare("nwgm", result.nwgm, nwgm(wanted));
  const second = secondOrder(wanted);
  compare("secondOrder.geometricMean", result.secondOrder?.geometricMean, second.geometricMean);
  compare("secondOrder.nwgm", result.secondOrder?.nwgm, second.nwgm);
  compare("secondOrder.gap", result.secondOrder?.gap, second.gap);
  const bounds = gapBounds(wanted);
  compare("bounds.fromVariance", result.bounds?.fromVariance, bounds.fromVariance);
  compare("bounds.fromMean", result.bounds?.fromMean, bounds.fromMean);
  compare("bounds.fromMeanLoose", result.bounds?.fromMeanLoose, bounds.fromMeanLoose);
  // A quotient by min O or max O carries the error of V and the relative error of the divisor.
  const { lower, upper } = cartwrightField(wanted);
  const { lower: foundLower, upper: foundUpper } =
    result.bounds?.cartwrightField ?? expect.fail("Cartwright-Field");
  const quotient = (divisor: number, value: number): number => TOLERANCE * (1 / divisor + value);
  // An activity that underflows leaves 0/0. V/(2 max O) is at most max O / 2 and tends to 0; V/(2 min O) has no limit.
  if (wanted.maximum > UNDERFLOW) compare("lower", foundLower, lower, quotient(wanted.maximum, lower));
  else compare("lower", foundLower, 0);
  if (wanted.minimum > UNDERFLOW) compare("upper", foundUpper, upper, quotient(wanted.minimum, upper));
}

function allUnits(network: Network, layer: number): number[] {
  return Array.from({ length: at(network.nodes, layer + 1).width }, (_, unit) => unit);
}

async function expectEveryLayerAgrees(
  description: Description,
  rows: readonly Float32Array[],
): Promise<void> {
  const network = arrange(description);
  await withModel(description, async (model) => {
    expect(model.layers.length).toBe(network.nodes.length - 1);
    for (let layer = 0; layer < model.layers.length; layer++) {
      const result = await model.exact(batchOf(rows), { layer });
      expectExactAgreement(network, layer, allUnits(network, layer), rows, result);
    }
  });
}

describe("exact() agrees with the oracle", () => {
  test("for every layer of random graphs of every kind of node", async () => {
    await fc.assert(
      fc.asyncProperty(
        randomNetwork({ activations: everyActivation }),
        fc.integer({ min: 1, max: 3 }),
        (description, rows) =>
          expectEveryLayerAgrees(description, normalRows(rows, rows, description.inputs)),
      ),
      propertyRuns(150, 4000),
    );
  });

  test("for the second of two dropout layers in a row, observed before its own gates and after the first's", async () => {
    const nodes = [dropoutLayer(0, 0.5), dropoutLayer(1, 0.25), denseLayer(2, 1, [1, 2])];
    await expectEveryLayerAgrees({ inputs: 2, nodes, output: 3 }, normalRows(3, 2, 2));
  });

  test("for one unit, with the number of its own subnetworks", async () => {
    await fc.assert(
      fc.asyncProperty(
        randomNetwork({ activations: everyActivation }),
        fc.nat(100),
        fc.nat(100),
        async (description, pickLayer, pickUnit) => {
          const network = arrange(description);
          const layer = pickLayer % (network.nodes.length - 1);
          const unit = pickUnit % at(network.nodes, layer + 1).width;
          const rows = normalRows(5, 2, description.inputs);
          const result = await withModel(description, (model) => model.exact(batchOf(rows), { layer, unit }));
          expectExactAgreement(network, layer, [unit], rows, result);
          const { gates } = at(exactStatistics(network, layer + 1, at(rows, 0)), unit);
          expect(result.subnetworks).toBe(2n ** BigInt(gates));
        },
      ),
      propertyRuns(100, 2000),
    );
  });

  test.each([
    { units: 12, scale: 1 },
    { units: 3, scale: 300 },
  ])("for $units saturating units over weights of size $scale", async ({ units, scale }) => {
    await fc.assert(
      fc.asyncProperty(
        randomNetwork({
          activations: ["sigmoid", "softmax", { type: "sigmoid", c: 0.1, lambda: 3 }],
          width: Math.min(units, 4),
        }),
        async (description) => {
          const nodes = description.nodes.map((node) =>
            node.kind === "dense" ? { ...node, kernel: node.kernel.map((weight) => weight * scale) } : node,
          );
          await expectEveryLayerAgrees({ ...description, nodes }, normalRows(7, 1, description.inputs));
        },
      ),
      propertyRuns(40, 1000),
    );
  });
});

describe("exact() agrees with 200-digit arithmetic", () => {
  test.each(ensembleVectors)("$name", async ({ description, rows, statistics }) => {
    const result = await withModel(description, (model) =>
      model.exact(batchOf(rows), { method: "reference" }),
    );
    expect(result.method).toBe("reference");
    expect(result.errorBound).toBeLessThan(TOLERANCE * 1000);
    statistics.flat().forEach((wanted, index) => {
      const scale = Math.max(1, Math.abs(wanted.minimum), Math.abs(wanted.maximum));
      // The bound promised beforehand holds against the truth, but for the rounding of the reference to float64.
      const promised = result.errorBound + Number.EPSILON * scale;
      expectNear("mean", at(result.mean.data, index), wanted.mean, Math.min(promised, TOLERANCE * scale));
      expectNear(
        "variance",
        at(result.variance.data, index),
        wanted.variance,
        promised + Number.EPSILON * scale ** 2,
      );
      expectNear("variance", at(result.variance.data, index), wanted.variance, TOLERANCE * scale ** 2);
      expectNear(
        "deterministic",
        at(result.deterministic.data, index),
        wanted.deterministic,
        TOLERANCE * scale,
      );
      if (wanted.logGeometricMean !== undefined) {
        expectNear(
          "G",
          at(result.geometricMean?.data ?? [], index),
          Math.exp(wanted.logGeometricMean),
          TOLERANCE,
        );
      }
    });
  });
});
