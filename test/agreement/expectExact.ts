// A result of exact() against statistics of the oracle.
import type { ExactResult } from "thinned";
import { expect } from "vitest";
import { logisticParameters } from "../oracle/activation.ts";
import { at } from "../oracle/at.ts";
import { cartwrightField, gapBounds, nwgm, secondOrder, softmaxNwgm } from "../oracle/bounds.ts";
import type { Activation } from "../oracle/description.ts";
import type { UnitStatistics } from "../oracle/unitStatistics.ts";

/** What exact() promises, times max(1, scale of the activities). */
export const TOLERANCE = 1e-12;

/** Rounding of the oracle's own passes and sums over at most some thousand subnetworks, times the same. */
const ORACLE_ROUNDING = 2e-14;

// Below this an activity has lost digits of float64.
const UNDERFLOW = 1e-290;

// What E and V are off by, as it comes through E - V, (E - V)/(1 - 2V), V(1 - 2E)/(1 - 2V) … with V at most 1/4.
const SLOPE = 8;

/** What the oracle knows of one layer. */
export interface WantedLayer {
  readonly name: string;
  /** Of the units that are observed; undefined where they have none. */
  readonly activation: Activation | undefined;
  /** The shape of a row. */
  readonly shape: readonly number[];
  /** [row][unit] */
  readonly statistics: readonly (readonly UnitStatistics[])[];
}

type Statistic = { data: ArrayLike<number>; shape: readonly number[] } | undefined;
type Compare = (name: string, statistic: Statistic, value: number, tolerance: number) => void;

export function expectNear(name: string, found: number, wanted: number, tolerance: number): void {
  if (!(Math.abs(found - wanted) <= tolerance)) {
    const difference = Math.abs(found - wanted);
    expect.fail(`${name}: ${found}, wanted ${wanted} within ${tolerance}, differs by ${difference}`);
  }
}

/** Compares all units of the layer, or the one that was asked for, within what is promised beforehand and in general. */
export function expectExactAgreement(layer: WantedLayer, result: ExactResult, only?: number): void {
  const { activation, statistics } = layer;
  const units = only === undefined ? at(statistics, 0).map((_, unit) => unit) : [only];
  const shape = [statistics.length, ...(only === undefined ? layer.shape : [1])];
  const isLogistic = activation !== undefined && logisticParameters(activation) !== undefined;
  const isSoftmax = activation === "softmax";
  statistics.forEach((group, row) => {
    const groupNwgm = isSoftmax ? nwgmByPlace(group, at(layer.shape, layer.shape.length - 1)) : [];
    units.forEach((unit, column) => {
      const index = row * units.length + column;
      const wanted = at(group, unit);
      const scale = Math.max(1, Math.abs(wanted.minimum), Math.abs(wanted.maximum));
      const compare: Compare = (name, statistic, value, tolerance) => {
        const place = `${layer.name} by ${result.method} row ${row} unit ${unit} ${name}`;
        expect(statistic?.shape, place).toEqual(shape);
        expectNear(place, at(statistic?.data ?? [], index), value, tolerance);
      };
      const within = (size: number): number =>
        Math.min(TOLERANCE * size, result.errorBound + ORACLE_ROUNDING * size);
      compare("mean", result.mean, wanted.mean, within(scale));
      compare("variance", result.variance, wanted.variance, within(scale ** 2));
      compare("deterministic", result.deterministic, wanted.deterministic, within(scale));
      expect(at(result.consistency.data, index)).toBe(Math.sqrt(at(result.variance.data, index)));
      if (isLogistic) compareLogistic(compare, result, wanted, within(1));
      if (isSoftmax) {
        const geometricMean = Math.exp(wanted.logGeometricMean ?? Number.NaN);
        compare("geometricMean", result.geometricMean, geometricMean, within(1));
        compare("nwgm", result.nwgm, at(groupNwgm, unit), within(1));
      }
    });
  });
  for (const geometric of [result.geometricMean, result.nwgm])
    expect(geometric === undefined).toBe(!isLogistic && !isSoftmax);
  for (const logisticOnly of [result.complementGeometricMean, result.secondOrder, result.bounds])
    expect(logisticOnly === undefined).toBe(!isLogistic);
  expect(result.errorBound).toBeGreaterThanOrEqual(0);
  expect(Number.isFinite(result.errorBound)).toBe(true);
}

/** A softmax runs over the last dimension: each place of an image is a group. */
function nwgmByPlace(units: readonly UnitStatistics[], channels: number): number[] {
  const places = Array.from({ length: units.length / channels }, (_, place) => place * channels);
  return places.flatMap((first) => softmaxNwgm(units.slice(first, first + channels)));
}

function compareLogistic(
  compare: Compare,
  result: ExactResult,
  wanted: UnitStatistics,
  tolerance: number,
): void {
  const complement = Math.exp(wanted.logComplementGeometricMean ?? Number.NaN);
  const geometricMean = Math.exp(wanted.logGeometricMean ?? Number.NaN);
  compare("geometricMean", result.geometricMean, geometricMean, tolerance);
  compare("complementGeometricMean", result.complementGeometricMean, complement, tolerance);
  compare("nwgm", result.nwgm, nwgm(wanted), tolerance);
  const { secondOrder: second, bounds } = result;
  for (const [name, value] of Object.entries(secondOrder(wanted)))
    compare(`secondOrder.${name}`, second?.[name as keyof typeof second], value, SLOPE * tolerance);
  for (const [name, value] of Object.entries(gapBounds(wanted)))
    compare(`bounds.${name}`, bounds?.[name as "fromMean"], value, SLOPE * tolerance);
  // A quotient by min O or max O carries the error of V, with the room that it is given, and the relative error of the divisor.
  const { lower, upper } = cartwrightField(wanted);
  const { lower: foundLower, upper: foundUpper } = bounds?.cartwrightField ?? expect.fail("Cartwright-Field");
  const quotient = (divisor: number, value: number): number =>
    Math.max(TOLERANCE, result.errorBound) * (1 / divisor + value);
  // An activity that underflows leaves 0/0. V/(2 max O) is at most max O / 2 and tends to 0; V/(2 min O) has no limit.
  if (wanted.maximum > UNDERFLOW) compare("lower", foundLower, lower, quotient(wanted.maximum, lower));
  else compare("lower", foundLower, 0, tolerance);
  if (wanted.minimum > UNDERFLOW) compare("upper", foundUpper, upper, quotient(wanted.minimum, upper));
}
