import {
  entropyByRotation,
  exactAgainstSampled,
  type Figure,
  meanMinusNwgm,
  trainingCurve,
} from "@thinned/plot";
import type { CrossCheck, ExactResult, History } from "thinned";
import type { Plan } from "./options.ts";
import type { RotationStudy } from "./rotation.ts";
import { count } from "./table.ts";

/** Everything that is drawn. */
export interface Results {
  readonly history: History;
  readonly rotation: RotationStudy;
  readonly check: CrossCheck;
  readonly logistic: ExactResult;
}

/** The figures of the demo, by the name of their file. */
export function figuresOf(
  { history, rotation, check, logistic }: Results,
  plan: Plan,
): Record<string, Figure> {
  const subnetworks = count(check.exact.subnetworks);
  const sampled = count(plan.crossSamples);
  const digits = check.exact.mean.shape[0];
  if (!logistic.nwgm) throw new TypeError("Cannot draw E − NWGM: the output is not logistic");
  const { shown, noise, accuracy: _, ...measured } = rotation;
  return {
    training: trainingCurve(history.history, { title: "Training on MNIST", heldOut: "test" }),
    rotation: entropyByRotation(
      {
        ...measured,
        images: shown.images,
        captions: shown.classes.map(String),
        reference: { name: "noise", ...noise },
      },
      {
        title: "Uncertainty about rotated digits",
        note: `${plan.rotatedDigits} test digits, ${plan.samples} subnetworks; line: mean, band: middle half`,
        imageNote: "a six at each angle, and the class it is taken for",
        classes: 10,
      },
    ),
    "exact-against-sampled": exactAgainstSampled(
      {
        exact: check.exact.mean,
        sampled: check.sampled.mean,
        // Against exact values, of the exact variance: few samples may all be alike.
        standardError: check.exact.variance.data.map((variance) => Math.sqrt(variance / plan.crossSamples)),
        deterministic: check.exact.deterministic,
      },
      {
        note: `${digits} test digits, 10 classes: all ${subnetworks} subnetworks against ${sampled} sampled ones`,
        quantity: "class probability",
      },
    ),
    "mean-minus-nwgm": meanMinusNwgm(
      { mean: logistic.mean, nwgm: logistic.nwgm, variance: logistic.variance },
      { note: `10 logistic units on ${plan.gapDigits} test digits, all ${subnetworks} subnetworks` },
    ),
  };
}
