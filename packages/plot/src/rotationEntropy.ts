import { Arguments, isTensor, type Numbers, type Tensor } from "./numbers.js";
import { printed } from "./printed.js";
import { type Spread, spreads } from "./spread.js";

/** Uncertainty of a classifier over the rotation of its inputs, entropies in nats. */
export interface RotationEntropy {
  /** Degrees, ascending. */
  readonly angles: Numbers;
  /**
   * `H[E p]`: one value per angle, or a tensor `[inputs, angles]`, of which mean and middle half are drawn.
   */
  readonly predictiveEntropy: Numbers;
  /** `H[E p] − E[H p]`, in the same form. */
  readonly mutualInformation: Numbers;
  /** One input at each angle, `[angles, height, width]`, grey values in [0, 1]; drawn under the axis. */
  readonly images?: Tensor;
  /** A word under each image, such as the class predicted for it. */
  readonly captions?: readonly string[];
  /** The same two numbers for other inputs, such as noise: drawn as level lines. */
  readonly reference?: Readonly<Record<Measure, number>> & { readonly name: string };
}

/** What entropies and informations are within; information, a difference, may fall below 0 by its rounding. */
const nonNegative = [-1e-9, Number.POSITIVE_INFINITY] as const;

export const measures = ["predictiveEntropy", "mutualInformation"] as const;
export type Measure = (typeof measures)[number];

/** A measure at one angle. */
export type Level = Spread & { readonly angle: number };

/** The same input, checked and in the form in which it is drawn. */
export interface CheckedRotation {
  readonly angles: readonly number[];
  readonly levels: Readonly<Record<Measure, readonly Level[]>>;
  /** Grey values of each image, and how many make a row of it. */
  readonly strip: { readonly images: readonly (readonly number[])[]; readonly columns: number } | undefined;
  readonly captions: readonly string[] | undefined;
  readonly reference: RotationEntropy["reference"];
}

/** Checks everything that `entropyByRotation` lists under its exceptions. */
export function checkedRotation(given: RotationEntropy): CheckedRotation {
  const check = new Arguments("entropy by rotation");
  const { captions, images, reference, ...input } = check.input("the argument for entropies", given);
  const angles = check.ascending("angles", check.values("angles", input.angles), "angles");
  const levelsOf = (measure: Measure): Level[] => {
    const numbers = input[measure];
    const rows = isTensor(numbers) && numbers.shape.length === 2 ? (numbers.shape[0] as number) : 1;
    const values = check.paired(measure, numbers, { name: "angles", length: angles.length, rows });
    check.within(measure, values, nonNegative);
    return spreads(values, angles.length).map((spread, index) => ({
      angle: angles[index] as number,
      ...spread,
    }));
  };
  const levels = {
    predictiveEntropy: levelsOf("predictiveEntropy"),
    mutualInformation: levelsOf("mutualInformation"),
  };
  if (reference !== undefined) checkReference(check, reference);
  if (captions !== undefined && !(Array.isArray(captions) && captions.every(isText))) {
    throw check.refuseKind(`captions is ${printed(captions)}, wanted an array of words`);
  }
  for (const [index, caption] of (captions ?? []).entries()) check.text(`captions[${index}]`, caption);
  if (captions && captions.length !== angles.length) {
    const state = `captions has ${captions.length} entries and angles has ${angles.length}`;
    throw check.refuse(`${state}, wanted as many of each`);
  }
  const strip = images === undefined ? undefined : checkedImages(check, images, angles.length);
  return { angles, levels, strip, captions, reference };
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function checkReference(check: Arguments, reference: NonNullable<RotationEntropy["reference"]>): void {
  const { name } = check.input("reference", reference);
  if (!isText(name)) throw check.refuseKind(`reference.name is ${printed(name)}, wanted a text`);
  check.text("reference.name", name);
  for (const measure of measures) {
    const kind = `reference.${measure}`;
    check.within(kind, check.values(kind, [reference[measure]]), nonNegative);
  }
}

/** The grey values of each of `[angles, height, width]` images. @throws TypeError, RangeError on another tensor. */
export function checkedImages(
  check: Arguments,
  images: Tensor,
  angles: number,
): NonNullable<CheckedRotation["strip"]> {
  const values = check.within("images", check.values("images", images), [0, 1]);
  if (!isTensor(images)) {
    throw check.refuseKind(`images is ${printed(images)}, wanted a tensor [${angles}, height, width]`);
  }
  const [count, rows, columns] = images.shape;
  if (images.shape.length !== 3 || count !== angles || rows === undefined || columns === undefined) {
    throw check.refuse(
      `images has shape [${images.shape}], wanted [${angles}, height, width]: one image per angle`,
    );
  }
  const pixels = rows * columns;
  const each = Array.from({ length: angles }, (_, index) =>
    values.slice(index * pixels, (index + 1) * pixels),
  );
  return { columns, images: each };
}
