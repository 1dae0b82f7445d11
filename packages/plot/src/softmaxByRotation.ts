import * as Plot from "@observablehq/plot";
import { digitStrip } from "./digitStrip.js";
import { extremes } from "./extremes.js";
import { Figure } from "./figure.js";
import { frame } from "./frame.js";
import { Arguments, isTensor, type Tensor } from "./numbers.js";
import type { Palette } from "./palette.js";
import { panel } from "./panel.js";
import { printed } from "./printed.js";
import { checkedImages } from "./rotationEntropy.js";
import { domainOf, tickFormatOf } from "./scales.js";
import { distinct, type Series } from "./series.js";

/** What sampled subnetworks give for one input at several angles of rotation. */
export interface RotationSamples {
  /** Degrees, ascending. */
  readonly angles: ArrayLike<number>;
  /** Pre-activations of the softmax, `[angles, samples, classes]`. */
  readonly input: Tensor;
  /** Class probabilities of the same samples, in the same form. */
  readonly output: Tensor;
  /** The input at each angle, `[angles, height, width]`, grey values in [0, 1]; drawn under the axis. */
  readonly images?: Tensor;
}

export interface SoftmaxByRotationOptions {
  /** Default `"Softmax input and output of sampled subnetworks"`. */
  readonly title?: string;
  /** How the numbers were made, for the line under the title. */
  readonly note?: string;
  /** What the images are; default `"the input at each angle"`. */
  readonly imageNote?: string;
  /** Classes to draw, at most four; default the three with the largest mean output at any angle. */
  readonly classes?: readonly number[];
  /** Names of all classes; default their numbers. */
  readonly names?: readonly string[];
  /** Pixels; default 720. */
  readonly width?: number;
}

const mostClasses = 4;
const chartHeight = 270;
const axisLabel = "rotation (degrees)";

type Row = {
  readonly angle: number;
  readonly sample: number;
  readonly class: string;
  readonly input: number;
  readonly output: number;
};

/** `[angles, samples, classes]` of a tensor. */
function sizesOf(check: Arguments, name: string, tensor: Tensor, angles: number): [number, number, number] {
  if (!isTensor(tensor) || !Array.isArray(tensor.shape)) {
    throw check.refuseKind(`${name} is ${printed(tensor)}, wanted a tensor [${angles}, samples, classes]`);
  }
  const { shape } = tensor;
  if (shape.length !== 3 || shape[0] !== angles) {
    throw check.refuse(`${name} has shape [${shape}], wanted [${angles}, samples, classes]`);
  }
  return shape as unknown as [number, number, number];
}

/** The classes whose mean output is largest at any angle, the first of them first. */
function likeliest(output: readonly number[], [angles, samples, classes]: readonly number[]): number[] {
  const [rows, count] = [samples as number, classes as number];
  const peak = Array.from({ length: count }, (_, k) => {
    const means = Array.from({ length: angles as number }, (_angle, a) => {
      let sum = 0;
      for (let s = 0; s < rows; s++) sum += output[(a * rows + s) * count + k] as number;
      return sum / rows;
    });
    return { k, mean: extremes(means)[1] };
  });
  const best = peak.sort((first, second) => second.mean - first.mean).slice(0, 3);
  return best.map(({ k }) => k).sort((first, second) => first - second);
}

function chosen(check: Arguments, classes: readonly number[], count: number): number[] {
  const values = check.values("classes", classes);
  if (values.length > mostClasses)
    throw check.refuse(`there are ${values.length} classes, wanted 1 to ${mostClasses}`);
  const bad = values.find((k) => !(Number.isInteger(k) && k >= 0 && k < count));
  if (bad !== undefined) throw check.refuse(`classes has ${bad}, wanted integers in [0, ${count - 1}]`);
  return values;
}

/**
 * Figure of what each sampled subnetwork puts into a softmax and what comes out of it, for one input rotated step by step: figure
 * 4 of Gal & Ghahramani 2016, where a class that the softmax is sure of may have inputs that overlap with those of others.
 *
 * @throws TypeError, RangeError when tensors do not have the shape `[angles, samples, classes]`, hold a value that is not finite, or an
 *   output leaves [0, 1]; when angles do not ascend, images do not have the shape `[angles, height, width]`, or a class does not exist.
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { softmaxByRotation } from "@thinned/plot";
 *
 * const shape = [2, 1, 3]; // 2 angles, 1 sample, 3 classes
 * const input = { data: [2, 0, 0, 0, 2, 0], shape };
 * const output = { data: [0.8, 0.1, 0.1, 0.1, 0.8, 0.1], shape };
 * const figure = softmaxByRotation({ angles: [0, 90], input, output }, { classes: [1] });
 * assert.deepEqual(figure.rows[1], { angle: 90, sample: 0, class: "1", input: 2, output: 0.8 });
 * ```
 */
export function softmaxByRotation(given: RotationSamples, options: SoftmaxByRotationOptions = {}): Figure {
  const check = new Arguments("softmax by rotation");
  check.input("the argument for samples", given);
  check.options(options, ["title", "note", "imageNote"], ["classes", "names"]);
  const { title = "Softmax input and output of sampled subnetworks", note = "", width = 720 } = options;
  const { imageNote = "the input at each angle" } = options;
  const angles = check.ascending("angles", check.values("angles", given.angles), "angles");
  const sizes = sizesOf(check, "input", given.input, angles.length);
  const input = check.values("input", given.input);
  sizesOf(check, "output", given.output, angles.length);
  const partner = { name: "input", length: input.length };
  const output = check.within("output", check.paired("output", given.output, partner), [0, 1]);
  const [, samples, count] = sizes;
  const names = options.names ?? Array.from({ length: count }, (_, k) => `${k}`);
  if (!Array.isArray(names) || names.length !== count) {
    throw check.refuse(`names is ${printed(names)}, wanted an array of ${count}: one name per class`);
  }
  const shown = options.classes ? chosen(check, options.classes, count) : likeliest(output, sizes);
  const strip = given.images && checkedImages(check, given.images, angles.length);
  const byClass = shown.map((k) =>
    angles.flatMap((angle, a) =>
      Array.from({ length: samples }, (_, sample): Row => {
        const at = (a * samples + sample) * count + k;
        const values = { input: input[at] as number, output: output[at] as number };
        return { angle, sample, class: `${names[k]}`, ...values };
      }),
    ),
  );

  const inputs = domainOf(byClass.flat().map((row) => row.input));
  const draw = (palette: Palette) => {
    const series = distinct(
      shown.map((k) => `class ${names[k]}`),
      palette,
      { line: true },
    ).map((each): Series => ({ ...each, line: "solid" }));
    const gaps = angles.slice(1).map((angle, index) => angle - (angles[index] as number));
    // Classes stand beside each other in three quarters of the room between two angles.
    const step = (0.75 * Math.min(...gaps, 360 / angles.length)) / shown.length;
    const chart = (field: "input" | "output", label: string, xLabel: string | null) => {
      const marks = series.map((each, index) => {
        const offset = (index - (shown.length - 1) / 2) * step;
        const middle = (row: Row) => row.angle + offset;
        return Plot.ruleY(byClass[index] as Row[], {
          x1: (row: Row) => middle(row) - 0.42 * step,
          x2: (row: Row) => middle(row) + 0.42 * step,
          y: field,
          stroke: each.colour,
          strokeWidth: 1.2,
          strokeOpacity: samples > 20 ? 0.35 : 0.8,
        });
      });
      const ticks = angles.length <= 19 ? angles : 10;
      const x = { label: xLabel, ticks, tickFormat: "d", inset: 12 };
      const range = field === "output" ? ([0, 1] as const) : inputs;
      const y = { label, domain: range, nice: true, ...tickFormatOf(range) };
      return panel({ width, height: chartHeight, x, y, marks }, palette);
    };
    const upper = chart("input", "softmax input", strip ? null : axisLabel);
    const lower = chart("output", "softmax output", strip ? null : axisLabel);
    const apart = strip ? chartHeight - 26 : chartHeight;
    const parts = [
      { svg: upper as SVGSVGElement, x: 0, y: 0 },
      { svg: lower as SVGSVGElement, x: 0, y: apart },
    ];
    if (strip) {
      const centres = angles.map((angle) => lower.scale("x")?.apply(angle) as number);
      const look = { ...strip, captions: undefined, centres, axisLabel, note: imageNote, width };
      parts.push({ svg: digitStrip(look, palette), x: 0, y: apart + chartHeight - 24 });
    }
    return frame({ title, subtitle: note, series, width, parts }, palette);
  };

  const describe = (rows: readonly Row[]) => {
    const at = (angle: number) => {
      const own = rows.filter((row) => row.angle === angle).map((row) => row.output);
      return `${(own.reduce((sum, value) => sum + value, 0) / own.length).toPrecision(3)} at ${angle} degrees`;
    };
    return `Class ${rows[0]?.class}: mean output ${angles.map(at).join(", ")}.`;
  };
  const description = `One short rule per sample, ${samples} at each angle. ${byClass.map(describe).join(" ")}`;
  return new Figure({ title, description, rows: byClass.flat(), draw });
}
