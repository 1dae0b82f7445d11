import * as Plot from "@observablehq/plot";
import { apart } from "./apart.js";
import { digitStrip } from "./digitStrip.js";
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
import { axisFromZero } from "./scales.js";
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

/** Pixels between the names of levels that are nearer to each other. */
const levelGap = 14;

/** Room right of the axes for the names of the levels, where no curve can cross them; see the legend on the width of letters. */
function levelRoom(names: readonly string[]): number {
  return 16 + Math.max(...names.map((name) => name.length)) * levelFontSize * 0.6;
}

/** A dotted line across the axes, and its name after its end. */
interface NamedLevel {
  readonly value: number;
  readonly name: string;
  readonly colour: string;
}

function levelsOf(
  { reference }: CheckedRotation,
  classes: number | undefined,
  looks: Record<Measure, Series>,
  { muted }: Palette,
): NamedLevel[] {
  const ofReference = measures.flatMap((measure) => {
    if (reference === undefined) return [];
    const name = `${reference.name}: ${measureNames[measure]}`;
    return [{ value: reference[measure], name, colour: looks[measure].colour }];
  });
  if (classes === undefined) return ofReference;
  return [...ofReference, { value: Math.log(classes), name: `maximum, ln ${classes}`, colour: muted }];
}

/** The names of the levels; `apply` gives the pixel of a value. */
function namesOf(
  levels: readonly NamedLevel[],
  apply: (value: number) => number,
  { muted }: Palette,
): Plot.Markish[] {
  const pixels = levels.map(({ value }) => apply(value));
  // Names at levels that almost coincide would stand on each other.
  const moved = apart(pixels, levelGap);
  const place = { frameAnchor: "right", dx: 8, textAnchor: "start" } as const;
  return levels.map(({ value, name }, index) => {
    const dy = (moved[index] as number) - (pixels[index] as number);
    return Plot.text([name], {
      ...place,
      y: [value],
      dy,
      fill: muted,
      fontSize: levelFontSize,
      text: String,
    });
  });
}

function marksOf(
  { levels }: CheckedRotation,
  named: readonly NamedLevel[],
  looks: Record<Measure, Series>,
): Plot.Markish[] {
  const rules = named.map(({ value, colour }) =>
    Plot.ruleY([value], { stroke: colour, strokeDasharray: "2 4" }),
  );
  const measured = measures.flatMap((measure) => {
    const [data, series] = [levels[measure], looks[measure]];
    const band = { x: "angle", y1: "low", y2: "high", fill: series.colour, fillOpacity: 0.16 } as const;
    return [
      data[0]?.low === undefined ? null : Plot.areaY(data as Level[], band),
      line(data, { x: "angle", y: "mean" }, series),
      points(data, { x: "angle", y: "mean" }, series),
    ];
  });
  return [...rules, ...measured];
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
    const named = levelsOf(checked, classes, looks, palette);
    const marks = marksOf(checked, named, looks);
    const margin = named.length > 0 ? { marginRight: levelRoom(named.map(({ name }) => name)) } : {};
    const ticks = angles.length <= 19 ? angles : 10;
    const x = { label: strip ? null : axisLabel, ticks, tickFormat: "d", inset: 12 };
    const drawn = measures.flatMap((measure) => {
      const points = levels[measure].flatMap(({ mean, low = mean, high = mean }) => [mean, low, high]);
      return [...points, ...named.map(({ value }) => value)];
    });
    const y = { label: "entropy, information (nats)", ...axisFromZero(drawn) };
    const axes = { width, height: chartHeight, x, y, ...margin };
    // Where the names go is known once the axes are drawn.
    const scale = panel({ ...axes, marks }, palette).scale("y");
    const names = namesOf(named, (value) => scale?.apply(value) as number, palette);
    const chart = panel({ ...axes, marks: [...marks, ...names] }, palette);
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
