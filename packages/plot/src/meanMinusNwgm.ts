import { Figure } from "./figure.js";
import { frame } from "./frame.js";
import { barLength, type Curve, cutCurves, type Gap, type GapPanelsOptions, gapPanels } from "./gapPanels.js";
import { type ByLayer, layersOf } from "./layers.js";
import { Arguments, type Numbers } from "./numbers.js";
import type { Palette } from "./palette.js";
import type { Series } from "./series.js";

/** Ensemble statistics of logistic units; the lists go together value by value. */
export interface MeanAndNwgm {
  /** E over the subnetworks, in [0, 1]. */
  readonly mean: Numbers;
  /** Normalised weighted geometric mean over the same subnetworks. */
  readonly nwgm: Numbers;
  /** V over the same subnetworks, in [0, E(1 − E)]: adds the second-order approximation of each unit. */
  readonly variance?: Numbers;
  /** Standard error of E − NWGM where both are sampled: adds error bars. */
  readonly standardError?: Numbers;
}

export interface MeanMinusNwgmOptions {
  /** Default `"Arithmetic minus geometric mean"`. */
  readonly title?: string;
  /** How the numbers were made, for the line under the title: which units, how many subnetworks. */
  readonly note?: string;
  /**
   * What the vertical axis spans: the points of all layers (`"shared"`, the default), of each layer (`"own"`), or all that the
   * bound can reach (`"bound"`), which adds its looser form.
   */
  readonly vertical?: "shared" | "own" | "bound";
  /** Pixels; default 720. */
  readonly width?: number;
}

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

/** `2E(1 − E)(1 − 2E)`: what eq. 22 ends with. */
function loose(mean: number): number {
  return 2 * mean * (1 - mean) * (1 - 2 * mean);
}

type Looks = Record<"gap" | "estimate" | "limit" | "loose", Series>;

function seriesOf({ paper, blue, vermillion, green, purple }: Palette, hasBars: boolean): Looks {
  const errors = hasBars ? ` ± ${barLength} standard errors` : "";
  return {
    gap: { name: `E − NWGM${errors}`, colour: blue, paper, symbol: "circle", bars: hasBars },
    estimate: {
      name: "second order V(1 − 2E)/(1 − 2V)",
      colour: vermillion,
      paper,
      symbol: "diamond2",
      hollow: true,
    },
    limit: { name: "the same at V = E(1 − E)", colour: green, paper, line: "6 3" },
    loose: { name: "2E(1 − E)(1 − 2E)", colour: purple, paper, line: "2 3" },
  };
}

/** No activity in [0, 1] varies by more than E(1 − E), that of one which is 0 or 1; float32 sums may be above it by their rounding. */
function checkVariance(check: Arguments, name: string, variance: number[], mean: readonly number[]): void {
  check.within(name, variance, [0, 0.25]);
  const most = mean.map((e) => e * (1 - e));
  const bad = variance.findIndex((v, index) => v > (most[index] as number) * (1 + 1e-6) + 1e-9);
  if (bad < 0) return;
  throw check.refuse(
    `${name}[${bad}] is ${variance[bad]} at mean ${mean[bad]}, wanted at most E(1 − E), ${most[bad]}`,
  );
}

type Unit = Gap & { readonly nwgm: number; readonly variance?: number };

function unitsOf(check: Arguments, prefix: string, input: MeanAndNwgm, layer: { layer?: string }): Unit[] {
  const name = `${prefix}mean`;
  const mean = check.within(name, check.values(name, input.mean), [0, 1]);
  const partner = { name, length: mean.length };
  const nwgm = check.within(`${prefix}nwgm`, check.paired(`${prefix}nwgm`, input.nwgm, partner), [0, 1]);
  const variance = check.optional(`${prefix}variance`, input.variance, partner);
  if (variance) checkVariance(check, `${prefix}variance`, variance, mean);
  const errors = check.optional(`${prefix}standardError`, input.standardError, partner);
  if (errors) check.within(`${prefix}standardError`, errors, [0, Number.POSITIVE_INFINITY]);
  return mean.map((value, index) => {
    const own = variance?.[index];
    return {
      ...layer,
      mean: value,
      nwgm: nwgm[index] as number,
      gap: value - (nwgm[index] as number),
      ...(own !== undefined && { variance: own, estimate: secondOrder(value, own) }),
      ...(errors && { standardError: errors[index] as number }),
    };
  });
}

function describe(rows: readonly Unit[]): string {
  const largest = rows.reduce((most, row) => (Math.abs(row.gap) > Math.abs(most.gap) ? row : most));
  const off = rows.reduce((most, row) => Math.max(most, Math.abs(row.gap - (row.estimate ?? row.gap))), 0);
  const estimate =
    largest.estimate === undefined
      ? ""
      : ` The second-order values are within ${off.toPrecision(3)} of the gaps.`;
  return (
    `${largest.layer === undefined ? "" : `${largest.layer}, `}points drawn: ${rows.length}. ` +
    `The largest gap is ${largest.gap.toPrecision(3)}, at E = ${largest.mean.toPrecision(3)}.${estimate}`
  );
}

/**
 * Figure of `E − NWGM` against `E`, one point per unit and input, with its second-order approximation and the
 * curve that approximation has for the largest variance: figure 1 (left) of Baldi & Sadowski 2013.
 *
 * The vertical axis follows the points, so that a gap of a thousandth is still seen; where the curve leaves the
 * frame it is cut, and the line under the title says how far it reaches.
 *
 * @param input Statistics of the units of one layer, or a record of them by the name of their layer, eight at most: a panel each.
 * @throws TypeError, RangeError when lists differ in length, are empty or hold a value that is not finite;
 *   when a mean or an NWGM leaves [0, 1], a variance leaves [0, E(1 − E)], or a standard error is negative.
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { meanMinusNwgm } from "@thinned/plot";
 *
 * const figure = meanMinusNwgm({ mean: [0.25], nwgm: [0.125] });
 * assert.deepEqual(figure.rows, [{ mean: 0.25, nwgm: 0.125, gap: 0.125 }]);
 * const layers = meanMinusNwgm({ h1: { mean: [0.25], nwgm: [0.125] }, h2: { mean: [0.5], nwgm: [0.5] } });
 * assert.deepEqual(layers.rows[1], { layer: "h2", mean: 0.5, nwgm: 0.5, gap: 0 });
 * ```
 */
export function meanMinusNwgm(input: ByLayer<MeanAndNwgm>, options: MeanMinusNwgmOptions = {}): Figure {
  const check = new Arguments("E − NWGM");
  const layers = layersOf(check, input, "mean");
  check.options(options, ["title", "note", "vertical"]);
  const { title = "Arithmetic minus geometric mean", note = "", vertical = "shared", width = 720 } = options;
  if (!["shared", "own", "bound"].includes(vertical)) {
    throw check.refuse(`vertical is ${JSON.stringify(vertical)}, wanted "shared", "own" or "bound"`);
  }
  const byLayer = layers.map(({ prefix, given, layer }) => unitsOf(check, prefix, given, layer));
  const rows = byLayer.flat();
  const hasEstimate = rows.some((row) => row.estimate !== undefined);
  const hasBars = rows.some((row) => row.standardError !== undefined);

  const draw = (palette: Palette) => {
    const looks = seriesOf(palette, hasBars);
    const curves: Curve[] = [{ series: looks.limit, at: saturated }];
    if (vertical === "bound") curves.push({ series: looks.loose, at: loose });
    const panels: GapPanelsOptions = {
      layers: byLayer,
      curves,
      gap: looks.gap,
      ...(hasEstimate && { estimate: looks.estimate }),
      vertical: vertical === "bound" ? "curves" : vertical,
      label: "E − NWGM",
      width,
    };
    const subtitle = [note, cutCurves(panels)].filter((part) => part !== "").join("; ");
    const series = [
      looks.gap,
      ...(hasEstimate ? [looks.estimate] : []),
      ...curves.map((curve) => curve.series),
    ];
    return frame({ title, subtitle, series, width, parts: gapPanels(panels, palette) }, palette);
  };

  const byName = rows[0]?.layer === undefined ? "," : " by layer.";
  const description = `E − NWGM against E${byName} ${byLayer.map(describe).join(" ")}`;
  return new Figure({ title, description, rows, draw });
}
