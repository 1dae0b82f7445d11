import * as Plot from "@observablehq/plot";
import { Figure } from "./figure.js";
import { frame } from "./frame.js";
import { Arguments, type Numbers } from "./numbers.js";
import type { Palette } from "./palette.js";
import { panel } from "./panel.js";
import { line, points, type Series } from "./series.js";

/** Ensemble statistics of logistic units; the lists go together value by value. */
export interface MeanAndNwgm {
  /** E over the subnetworks, in [0, 1]. */
  readonly mean: Numbers;
  /** Normalised weighted geometric mean over the same subnetworks. */
  readonly nwgm: Numbers;
  /** V over the same subnetworks, in [0, E(1 − E)]: adds the second-order approximation of each unit. */
  readonly variance?: Numbers;
}

export interface MeanMinusNwgmOptions {
  /** Default `"Arithmetic minus geometric mean"`. */
  readonly title?: string;
  /** How the numbers were made, for the line under the title: which units, how many subnetworks. */
  readonly note?: string;
  /** Pixels; default 720. */
  readonly width?: number;
}

const height = 380;

/** `V(1 − 2E)/(1 − 2V)`: the gap E − NWGM to second order (Baldi & Sadowski 2013, eq. 20). */
function secondOrder(mean: number, variance: number): number {
  return (variance * (1 - 2 * mean)) / (1 - 2 * variance);
}

/**
 * The same with the largest variance a mean allows, E(1 − E), that of a unit which is always 0 or 1 (eq. 22).
 */
function saturated(mean: number): number {
  return secondOrder(mean, mean * (1 - mean));
}

function seriesOf({ paper, blue, vermillion, green }: Palette): Record<"gap" | "estimate" | "limit", Series> {
  return {
    gap: { name: "E − NWGM", colour: blue, paper, symbol: "circle" },
    estimate: {
      name: "second order V(1 − 2E)/(1 − 2V)",
      colour: vermillion,
      paper,
      symbol: "diamond2",
      hollow: true,
    },
    limit: { name: "the same at V = E(1 − E)", colour: green, paper, line: "6 3" },
  };
}

type Unit = {
  readonly mean: number;
  readonly nwgm: number;
  readonly gap: number;
  readonly variance?: number;
  readonly estimate?: number;
};

/** Range of all points and of 0, with room at both ends. */
function verticalRange(rows: readonly Unit[]): [number, number] {
  const values = [
    0,
    ...rows.flatMap((row) => (row.estimate === undefined ? [row.gap] : [row.gap, row.estimate])),
  ];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  // Points that all lie on 0 still need an axis.
  const room = 0.12 * (high - low) || 0.001;
  return [low - room, high + room];
}

function describe(rows: readonly Unit[]): string {
  const largest = rows.reduce((most, row) => (Math.abs(row.gap) > Math.abs(most.gap) ? row : most));
  const off = rows.map((row) => Math.abs(row.gap - (row.estimate ?? row.gap)));
  const estimate =
    largest.estimate === undefined
      ? ""
      : ` The second-order values are within ${Math.max(...off).toPrecision(3)} of the gaps.`;
  return (
    `E − NWGM against E, points drawn: ${rows.length}. ` +
    `The largest gap is ${largest.gap.toPrecision(3)}, at E = ${largest.mean.toPrecision(3)}.${estimate}`
  );
}

/**
 * Figure of `E − NWGM` against `E`, one point per unit and input, with its second-order approximation and the
 * curve that approximation has for the largest variance: figure 1 of Baldi & Sadowski 2013.
 *
 * The vertical axis follows the points, so that a gap of a thousandth is still seen; where the curve leaves the
 * frame it is cut, and the line under the title says how far it reaches.
 *
 * @throws TypeError, RangeError when lists differ in length, are empty or hold a value that is not finite;
 *   when a mean or an NWGM leaves [0, 1], or a variance leaves [0, ¼].
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { meanMinusNwgm } from "@thinned/plot";
 *
 * const figure = meanMinusNwgm({ mean: [0.25], nwgm: [0.125] });
 * assert.deepEqual(figure.rows, [{ mean: 0.25, nwgm: 0.125, gap: 0.125 }]);
 * ```
 */
export function meanMinusNwgm(input: MeanAndNwgm, options: MeanMinusNwgmOptions = {}): Figure {
  const check = new Arguments("E − NWGM");
  check.input("the argument for statistics", input);
  check.options(options, ["title", "note"]);
  const { title = "Arithmetic minus geometric mean", note = "", width = 720 } = options;
  const mean = check.within("mean", check.values("mean", input.mean), [0, 1]);
  const partner = { name: "mean", length: mean.length };
  const nwgm = check.within("nwgm", check.paired("nwgm", input.nwgm, partner), [0, 1]);
  const variance = check.optional("variance", input.variance, partner);
  if (variance) check.within("variance", variance, [0, 0.25]);
  const rows: Unit[] = mean.map((value, index) => {
    const row = { mean: value, nwgm: nwgm[index] as number, gap: value - (nwgm[index] as number) };
    const own = variance?.[index];
    return own === undefined ? row : { ...row, variance: own, estimate: secondOrder(value, own) };
  });

  const draw = (palette: Palette) => {
    const looks = seriesOf(palette);
    const [low, high] = verticalRange(rows);
    const whole = Array.from({ length: 201 }, (_, index) => {
      return { mean: index / 200, gap: saturated(index / 200) };
    });
    const isInside = ({ gap }: { gap: number }) => gap >= low && gap <= high;
    const curve = whole.map((point) => (isInside(point) ? point : { ...point, gap: Number.NaN }));
    const reach = Math.max(...whole.map(({ gap }) => gap)).toFixed(2);
    const cut = whole.every(isInside) ? "" : `dashed curve cut at the frame: it reaches ±${reach}`;
    const subtitle = [note, cut].filter((part) => part !== "").join("; ");
    const svg = panel(
      {
        width,
        height,
        x: { label: "E, arithmetic mean over the subnetworks", domain: [0, 1] },
        y: { label: "E − NWGM", domain: [low, high], nice: false },
        marks: [
          Plot.ruleY([0], { stroke: palette.muted, strokeWidth: 1 }),
          line(curve, { x: "mean", y: "gap" }, looks.limit),
          points(rows, { x: "mean", y: "gap" }, looks.gap),
          variance ? points(rows, { x: "mean", y: "estimate" }, looks.estimate) : null,
        ],
      },
      palette,
    );
    const series = variance ? [looks.gap, looks.estimate, looks.limit] : [looks.gap, looks.limit];
    return frame({ title, subtitle, series, width, parts: [{ svg, x: 0, y: 0 }] }, palette);
  };

  return new Figure({ title, description: describe(rows), rows, draw });
}
