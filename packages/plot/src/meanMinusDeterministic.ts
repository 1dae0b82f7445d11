import { Figure } from "./figure.js";
import { frame } from "./frame.js";
import { barLength, type Gap, type GapPanelsOptions, gapPanels } from "./gapPanels.js";
import { type ByLayer, layersOf } from "./layers.js";
import { Arguments, type Numbers } from "./numbers.js";
import type { Palette } from "./palette.js";

/** Ensemble means of units with activities in [0, 1] beside those of the weight-scaled network. */
export interface MeanAndDeterministic {
  /** E over the subnetworks, in [0, 1]. */
  readonly mean: Numbers;
  /** O*, what a single pass of the weight-scaled network gives, in [0, 1]. */
  readonly deterministic: Numbers;
  /** Standard error of E where it is sampled: adds error bars. */
  readonly standardError?: Numbers;
}

export interface MeanMinusDeterministicOptions {
  /** Default `"Ensemble mean minus weight-scaled activity"`. */
  readonly title?: string;
  /** How the numbers were made, for the line under the title: which units, how many subnetworks. */
  readonly note?: string;
  /** What the vertical axis spans: the points of all layers (`"shared"`, the default) or of each layer (`"own"`). */
  readonly vertical?: "shared" | "own";
  /** Pixels; default 720. */
  readonly width?: number;
}

type Unit = Gap & { readonly deterministic: number };

function unitsOf(
  check: Arguments,
  prefix: string,
  input: MeanAndDeterministic,
  layer: { layer?: string },
): Unit[] {
  const name = `${prefix}mean`;
  const mean = check.within(name, check.values(name, input.mean), [0, 1]);
  const partner = { name, length: mean.length };
  const scaled = check.paired(`${prefix}deterministic`, input.deterministic, partner);
  check.within(`${prefix}deterministic`, scaled, [0, 1]);
  const errors = check.optional(`${prefix}standardError`, input.standardError, partner);
  if (errors) check.within(`${prefix}standardError`, errors, [0, Number.POSITIVE_INFINITY]);
  return mean.map((value, index) => ({
    ...layer,
    mean: value,
    deterministic: scaled[index] as number,
    gap: value - (scaled[index] as number),
    ...(errors && { standardError: errors[index] as number }),
  }));
}

function describe(rows: readonly Unit[]): string {
  const largest = rows.reduce((most, row) => (Math.abs(row.gap) > Math.abs(most.gap) ? row : most));
  const mean = rows.reduce((sum, { gap }) => sum + Math.abs(gap), 0) / rows.length;
  return (
    `${largest.layer === undefined ? "" : `${largest.layer}: `}points drawn: ${rows.length}, mean |E − O*| ${mean.toPrecision(3)}, ` +
    `largest ${largest.gap.toPrecision(3)} at E = ${largest.mean.toPrecision(3)}.`
  );
}

/**
 * Figure of `E − O*` against `E`, one point per unit and input: how far the weight-scaled network is from the mean of its
 * subnetworks, figure 1 (right) of Baldi & Sadowski 2013.
 *
 * @param input Activities of the units of one layer, or a record of them by the name of their layer, eight at most: a panel each.
 * @throws TypeError, RangeError when lists differ in length, are empty or hold a value that is not finite; when an activity
 *   leaves [0, 1], or a standard error is negative.
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { meanMinusDeterministic } from "@thinned/plot";
 *
 * const figure = meanMinusDeterministic({ h1: { mean: [0.25], deterministic: [0.125] } });
 * assert.deepEqual(figure.rows, [{ layer: "h1", mean: 0.25, deterministic: 0.125, gap: 0.125 }]);
 * ```
 */
export function meanMinusDeterministic(
  input: ByLayer<MeanAndDeterministic>,
  options: MeanMinusDeterministicOptions = {},
): Figure {
  const check = new Arguments("E − O*");
  const layers = layersOf(check, input, "mean");
  check.options(options, ["title", "note", "vertical"]);
  const { title = "Ensemble mean minus weight-scaled activity", note = "", width = 720 } = options;
  const { vertical = "shared" } = options;
  if (vertical !== "shared" && vertical !== "own") {
    throw check.refuse(`vertical is ${JSON.stringify(vertical)}, wanted "shared" or "own"`);
  }
  const byLayer = layers.map(({ prefix, given, layer }) => unitsOf(check, prefix, given, layer));
  const rows = byLayer.flat();
  const hasBars = rows.some((row) => row.standardError !== undefined);

  const draw = (palette: Palette) => {
    const { paper, blue } = palette;
    const panels: GapPanelsOptions = {
      layers: byLayer,
      curves: [],
      gap: { name: "E − O*", colour: blue, paper, symbol: "circle", bars: hasBars },
      vertical,
      label: "E − O*",
      width,
    };
    const bars = hasBars ? `bars: ± ${barLength} standard errors` : "";
    const subtitle = [note, bars].filter((part) => part !== "").join("; ");
    return frame({ title, subtitle, series: [], width, parts: gapPanels(panels, palette) }, palette);
  };

  return new Figure({
    title,
    description: `E − O* against E. ${byLayer.map(describe).join(" ")}`,
    rows,
    draw,
  });
}
