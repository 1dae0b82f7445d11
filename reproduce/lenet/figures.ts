import {
  entropyByRotation,
  type Figure,
  reliabilityDiagram,
  riskCoverage,
  softmaxByRotation,
  trainingCurve,
} from "@thinned/plot";
import { type History, type MCResult, type Model, scores, type Tensor } from "thinned";
import { type Digits, image, pixels } from "../../examples/mnist/dataset.ts";
import { rotate } from "../../examples/mnist/rotate.ts";
import { studyRotation } from "../../examples/mnist/rotation.ts";
import { predictions, type SetResults, wrongOf } from "./calibration.ts";
import { entropyOf } from "./detection.ts";
import type { Config } from "./options.ts";
import { noiseImages } from "./testSets.ts";

/** What the figures are drawn from. */
export interface Results {
  readonly config: Config;
  readonly model: Model;
  readonly test: Digits;
  readonly history: History;
  readonly sets: Readonly<Record<string, SetResults>>;
}

/** The digit of the paper's figure. */
const SHOWN_LABEL = 1;

/** Returns all figures, by the names of their files. */
export async function figuresOf(results: Results): Promise<Record<string, Figure>> {
  const { config, history, sets } = results;
  const reliability = Object.entries(sets).map(([name, { probabilities, labels }]) => {
    const curves = predictions.map((prediction) => {
      return [prediction, scores.reliabilityCurve(probabilities[prediction], labels)] as const;
    });
    return [
      `reliability-${name}`,
      reliabilityDiagram(Object.fromEntries(curves), {
        title: `Reliability on ${name} digits`,
        note: `${labels.length} test digits, ${config.samples} sampled subnetworks`,
      }),
    ] as const;
  });
  return {
    training: trainingCurve(history.history, { title: "LeNet on MNIST", heldOut: "test" }),
    "softmax-by-rotation": await softmaxFigure(results),
    "entropy-by-rotation": await entropyFigure(results),
    "risk-coverage": riskFigure(sets.rotated as SetResults),
    ...Object.fromEntries(reliability),
  };
}

async function softmaxFigure({ config, model, test }: Results): Promise<Figure> {
  const { samples, seed, angleStep } = config;
  const angles = Array.from({ length: Math.floor(180 / angleStep) + 1 }, (_, i) => i * angleStep);
  const shown = test.labels.data.indexOf(SHOWN_LABEL);
  const images = new Float32Array(angles.length * pixels);
  for (const [i, angle] of angles.entries()) images.set(rotate(image(test, shown), angle), i * pixels);
  const layer = ["logits", "probabilities"];
  const options = { samples, seed: seed + 2, keepSamples: true, layer } as const;
  const results = await model.predictMC({ data: images, shape: [angles.length, pixels] }, options);
  const byAngle = (name: string) => transposed((results[name] as MCResult).samples as Tensor);
  return softmaxByRotation(
    {
      angles,
      input: byAngle("logits"),
      output: byAngle("probabilities"),
      images: { data: images, shape: [angles.length, 28, 28] },
    },
    { note: `a test digit ${SHOWN_LABEL}, ${samples} sampled subnetworks of LeNet` },
  );
}

/** `[samples, angles, classes]` as `[angles, samples, classes]`. */
function transposed({ data, shape }: Tensor): Tensor {
  const [samples = 0, angles = 0, classes = 0] = shape;
  const turned = new Float32Array(data.length);
  for (let sample = 0; sample < samples; sample++) {
    for (let angle = 0; angle < angles; angle++) {
      const from = (sample * angles + angle) * classes;
      turned.set(data.subarray(from, from + classes), (angle * samples + sample) * classes);
    }
  }
  return { data: turned, shape: [angles, samples, classes] };
}

async function entropyFigure({ config, model, test }: Results): Promise<Figure> {
  const { rotatedDigits, samples } = config;
  const {
    shown,
    noise,
    accuracy: _,
    ...measured
  } = await studyRotation(model, test, { ...config, noiseImages });
  return entropyByRotation(
    {
      ...measured,
      images: shown.images,
      captions: shown.classes.map(String),
      reference: { name: "noise", ...noise },
    },
    {
      title: "LeNet's uncertainty about rotated digits",
      note: `${rotatedDigits} test digits, ${samples} subnetworks; line: mean, band: middle half`,
      imageNote: "a six at each angle, and the class it is taken for",
      classes: 10,
    },
  );
}

/** Wrong answers among the surest, where the digits are turned. */
function riskFigure({ probabilities, labels, sampled }: SetResults): Figure {
  const sampledWrong = wrongOf(probabilities["mean of samples"], labels);
  const scaled = probabilities["weight-scaled"];
  const curve = (uncertainty: Float64Array, wrong: Float64Array) => scores.riskCoverage(uncertainty, wrong);
  return riskCoverage(
    {
      "entropy, weight-scaled": curve(entropyOf(scaled), wrongOf(scaled, labels)),
      "predictive entropy": curve((sampled.predictiveEntropy as Tensor<Float64Array>).data, sampledWrong),
      "mutual information": curve((sampled.mutualInformation as Tensor<Float64Array>).data, sampledWrong),
    },
    { title: "Wrong answers by coverage, rotated digits" },
  );
}
