import type { Model } from "thinned";
import { type Digits, image, pixels } from "./dataset.ts";
import type { Plan } from "./options.ts";
import { rotate } from "./rotate.ts";
import { likeliest } from "./score.ts";

/** Uncertainty about digits at each angle, and about noise; entropies in nats. */
export interface RotationStudy {
  readonly angles: readonly number[];
  /** `[digits, angles]` */
  readonly predictiveEntropy: { readonly data: Float64Array; readonly shape: number[] };
  /** `[digits, angles]` */
  readonly mutualInformation: { readonly data: Float64Array; readonly shape: number[] };
  /** Share of digits taken for what they are, at each angle. */
  readonly accuracy: readonly number[];
  /** Means over the noise images. */
  readonly noise: { readonly predictiveEntropy: number; readonly mutualInformation: number };
  /** One digit at each angle, `[angles, 28, 28]`, and what it is taken for. */
  readonly shown: {
    readonly images: { data: Float32Array; shape: number[] };
    readonly classes: readonly number[];
  };
}

// A six ends its half turn as a nine.
const shownLabel = 6;

/**
 * Pixels drawn uniformly from [0, 1] by a linear congruential generator (Numerical Recipes): the same on
 * every run.
 */
function noiseImages(count: number): Float32Array {
  let state = 1;
  return Float32Array.from({ length: count * pixels }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  });
}

function mean(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * Turns the first of `digits` and one six to every angle, and predicts them and noise by the same
 * subnetworks.
 */
export async function studyRotation(
  model: Model,
  digits: Digits,
  plan: Pick<Plan, "angleStep" | "rotatedDigits" | "noiseImages" | "samples">,
): Promise<RotationStudy> {
  const angles = Array.from({ length: Math.floor(180 / plan.angleStep) + 1 }, (_, i) => i * plan.angleStep);
  const count = plan.rotatedDigits;
  const shownIndex = digits.labels.data.indexOf(shownLabel);
  const turned = [...Array(count).keys(), shownIndex].flatMap((index) =>
    angles.map((angle) => rotate(image(digits, index), angle)),
  );
  const rows = turned.length + plan.noiseImages;
  const inputs = new Float32Array(rows * pixels);
  for (const [row, pixelsOfRow] of turned.entries()) inputs.set(pixelsOfRow, row * pixels);
  inputs.set(noiseImages(plan.noiseImages), turned.length * pixels);

  const sampled = await model.predictMC(
    { data: inputs, shape: [rows, pixels] },
    { samples: plan.samples, seed: 3 },
  );
  const { predictiveEntropy, mutualInformation } = sampled;
  if (!predictiveEntropy || !mutualInformation) {
    throw new TypeError("Cannot study rotation: the model is no classifier");
  }

  const grid = count * angles.length;
  const onGrid = ({ data }: { data: Float64Array }) => ({
    data: data.slice(0, grid),
    shape: [count, angles.length],
  });
  const taken = Array.from({ length: turned.length }, (_, row) => likeliest(sampled.mean, row));
  const isRight = (digit: number, angle: number) =>
    taken[digit * angles.length + angle] === digits.labels.data[digit];
  return {
    angles,
    predictiveEntropy: onGrid(predictiveEntropy),
    mutualInformation: onGrid(mutualInformation),
    accuracy: angles.map((_, angle) =>
      mean(Array.from({ length: count }, (_, digit) => Number(isRight(digit, angle)))),
    ),
    noise: {
      predictiveEntropy: mean(predictiveEntropy.data.slice(turned.length)),
      mutualInformation: mean(mutualInformation.data.slice(turned.length)),
    },
    shown: {
      images: { data: inputs.slice(grid * pixels, turned.length * pixels), shape: [angles.length, 28, 28] },
      classes: taken.slice(grid),
    },
  };
}

/** Mean of each column of `[digits, angles]`. */
export function columnMeans({ data, shape }: RotationStudy["predictiveEntropy"]): number[] {
  const [rows = 0, columns = 0] = shape;
  return Array.from({ length: columns }, (_, column) =>
    mean(Array.from({ length: rows }, (_, row) => data[row * columns + column] as number)),
  );
}
