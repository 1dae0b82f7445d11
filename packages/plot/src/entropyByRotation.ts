import * as Plot from "@observablehq/plot";
import { digitStrip } from "./digitStrip.js";
import { extremes } from "./extremes.js";
import { Figure } from "./figure.js";
import { frame } from "./frame.js";
import { Arguments } from "./numbers.js";
import type { Palette } from "./palette.js";
import { panel } from "./panel.js";
import {
  type CheckedRotation,
  checkedRotation,
  type Level,
  type Measure,
  measures,
  type RotationEntropy,
} from "./rotationEntropy.js";
import { line, points, type Series } from "./series.js";

export interface EntropyByRotationOptions {
  /** Default `"Uncertainty under rotation"`. */
  readonly title?: string;
  /** How the numbers were made, for the line under the title: which inputs, how many samples. */
  readonly note?: string;
  /** What the images and captions are; default names them as one of the inputs. */
  readonly imageNote?: string;
  /** Number of classes k: draws the largest entropy there is, ln k. */
  readonly classes?: number;
  /** Pixels; default 720. */
  readonly width?: number;
}

const axisLabel = "rotation (degrees)";
const chartHeight = 340;
// The strip begins below the tick labels, where the chart keeps room for an axis label that it then does not
// have.
const stripTop = chartHeight - 24;

function seriesOf({ paper, blue, vermillion }: Palette): Record<Measure, Series> {
  return {
    predictiveEntropy: {
      name: "predictive entropy H[E p]",
      colour: blue,
      paper,
      symbol: "circle",
      line: "solid",
    },
    mutualInformation: {
      name: "mutual information H[E p] − E[H p]",
      colour: vermillion,
      paper,
      symbol: "diamond2",
      line: "6 3",
    },
  };
}

/** The level lines look alike: their names say of which measure they are. */
const measureNames: Record<Measure, string> = {
  predictiveEntropy: "entropy",
  mutualInformation: "information",
};

const levelFontSize = 11.5;

/** Levels that are nearer than this share of the highest value have their names moved apart, by this many pixels each. */
const crowded = 0.06;
const labelShift: Record<Measure, number> = { predictiveEntropy: -6, mutualInformation: 7 };

/** Room right of the axes for the names of the levels, where no curve can cross them; see the legend on the width of letters. */
function levelRoom(names: readonly string[]): number {
  return 16 + Math.max(...names.map((name) => name.length)) * levelFontSize * 0.6;
}

interface LevelLook {
  readonly colour: string;
  readonly text: string;
  /** Pixels by which the name is set lower than the level. */
  readonly dy?: number;
}

/** A dotted level with its name after its end. */
function level(y: number, name: string, { colour, text, dy = 0 }: LevelLook): Plot.Markish[] {
  const place = { y: [y], frameAnchor: "right", dx: 8, textAnchor: "start" } as const;
  return [
    Plot.ruleY([y], { stroke: colour, strokeDasharray: "2 4" }),
    Plot.text([name], { ...place, dy, fill: text, fontSize: levelFontSize, text: String }),
  ];
}

function levelName(reference: string, measure: Measure): string {
  return `${reference}: ${measureNames[measure]}`;
}

function marksOf(input: CheckedRotation, looks: Record<Measure, Series>, palette: Palette): Plot.Markish[] {
  const { levels, reference } = input;
  const [, highest] = extremes(levels.predictiveEntropy.map(({ high, mean }) => high ?? mean));
  // Entropy is never below information: its label can give way upwards, the other one downwards.
  const isCrowded =
    reference !== undefined &&
    Math.abs(reference.predictiveEntropy - reference.mutualInformation) < crowded * highest;
  return measures.flatMap((measure) => {
    const [data, series] = [levels[measure], looks[measure]];
    const band = { x: "angle", y1: "low", y2: "high", fill: series.colour, fillOpacity: 0.16 } as const;
    return [
      data[0]?.low === undefined ? null : Plot.areaY(data as Level[], band),
      ...(reference
        ? level(reference[measure], levelName(reference.name, measure), {
            colour: series.colour,
            text: palette.muted,
            dy: isCrowded ? labelShift[measure] : 0,
          })
        : []),
      line(data, { x: "angle", y: "mean" }, series),
      points(data, { x: "angle", y: "mean" }, series),
    ];
  });
}

function describe(levels: CheckedRotation["levels"]): string {
  const sentences = measures.map((measure) => {
    const first = levels[measure][0] as Level;
    const peak = levels[measure].reduce((highest, each) => (each.mean > highest.mean ? each : highest));
    const name = measure === "predictiveEntropy" ? "Predictive entropy" : "Mutual information";
    const at = (each: Level) => `${each.mean.toFixed(3)} at ${each.angle} degrees`;
    return `${name}: ${at(first)}, at most ${at(peak)}.`;
  });
  return `Two lines over the angle of rotation, in nats. ${sentences.join(" ")}`;
}

/**
 * Figure of predictive entropy and mutual information against the angle by which the inputs were rotated.
 *
 * With values for several inputs the line is their mean and the band holds their middle half.
 *
 * @throws TypeError, RangeError when lists differ in length, are empty or hold a value that is not finite;
 *   when the angles do not ascend; when an entropy or an information is negative; when images do not have the shape `[angles, height, width]` or leave [0,
 *   1]; when `classes` is not an integer of at least 2.
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { entropyByRotation } from "@thinned/plot";
 *
 * const one = { angles: [0, 90], predictiveEntropy: [0.1, 1.2], mutualInformation: [0.02, 0.4] };
 * const figure = entropyByRotation(one);
 * assert.deepEqual(figure.rows[1], { measure: "predictiveEntropy", angle: 90, mean: 1.2 });
 * ```
 */
export function entropyByRotation(input: RotationEntropy, options: EntropyByRotationOptions = {}): Figure {
  new Arguments("entropy by rotation").options(options, ["title", "note", "imageNote"], ["classes"]);
  const { title = "Uncertainty under rotation", note = "", classes, width = 720 } = options;
  const { imageNote = "one of the rotated inputs" } = options;
  const checked = checkedRotation(input);
  const { angles, levels, strip, captions } = checked;
  if (classes !== undefined && !(Number.isInteger(classes) && classes >= 2)) {
    throw new RangeError(`Cannot draw entropy by rotation: classes is ${classes}, wanted an integer >= 2`);
  }

  const draw = (palette: Palette) => {
    const looks = seriesOf(palette);
    const maximum = `maximum, ln ${classes}`;
    const marks = marksOf(checked, looks, palette);
    if (classes !== undefined) {
      const muted = { colour: palette.muted, text: palette.muted };
      marks.push(...level(Math.log(classes), maximum, muted));
    }
    const names = checked.reference
      ? measures.map((name) => levelName(`${checked.reference?.name}`, name))
      : [];
    if (classes !== undefined) names.push(maximum);
    const margin = names.length > 0 ? { marginRight: levelRoom(names) } : {};
    const ticks = angles.length <= 19 ? angles : 10;
    const x = { label: strip ? null : axisLabel, ticks, tickFormat: "d", inset: 12 };
    const y = { label: "entropy, information (nats)", zero: true };
    const chart = panel({ width, height: chartHeight, x, y, marks, ...margin }, palette);
    const parts = [{ svg: chart as SVGSVGElement, x: 0, y: 0 }];
    if (strip) {
      const centres = angles.map((angle) => chart.scale("x")?.apply(angle) as number);
      const svg = digitStrip({ ...strip, captions, centres, axisLabel, note: imageNote, width }, palette);
      parts.push({ svg, x: 0, y: stripTop });
    }
    const series = measures.map((measure) => looks[measure]);
    return frame({ title, subtitle: note, series, width, parts }, palette);
  };

  const rows = measures.flatMap((measure) => levels[measure].map((each) => ({ measure, ...each })));
  return new Figure({ title, description: describe(levels), rows, draw });
}
