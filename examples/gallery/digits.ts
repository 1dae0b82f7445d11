import {
  activationHistogram,
  consistencyByLayer,
  consistencyOverTime,
  type Figure,
  meanMinusDeterministic,
  meanMinusNwgm,
  reliabilityDiagram,
  riskCoverage,
  type SpreadByEpoch,
  softmaxByRotation,
  trainingCurve,
} from "@thinned/plot";
import {
  activation,
  adam,
  dense,
  dropout,
  type MCResult,
  type Model,
  scores,
  sequential,
  type Tensor,
} from "thinned";
import { image, loadMnist, pixels } from "../mnist/dataset.ts";
import { rotate } from "../mnist/rotate.ts";
import { likeliest } from "../mnist/score.ts";
import { quantile } from "./quantile.ts";

interface Sizes {
  readonly trainRows: number;
  readonly testRows: number;
  readonly epochs: number;
  readonly units: number;
  readonly samples: number;
}

const hidden = ["h1", "h2", "h3"];

function network(units: number): Model {
  const layers = hidden.flatMap((name, index) => [
    dropout(index === 0 ? 0.2 : 0.5),
    dense(units, { activation: "sigmoid", name }),
  ]);
  const head = [dropout(0.5), dense(10, { name: "logits" }), activation("softmax", { name: "classes" })];
  return sequential([...layers, ...head], { inputShape: [pixels], seed: 1 });
}

/** A layer over sampled subnetworks for one digit, unit by unit. */
function columns({ samples }: MCResult, units: number): number[][] {
  const data = samples?.data ?? new Float32Array();
  return Array.from({ length: units }, (_, unit) =>
    Array.from({ length: data.length / units }, (__, t) => data[t * units + unit] as number),
  );
}

/** The figures of a small network of logistic units that learns digits. */
export async function digitFigures({
  trainRows,
  testRows,
  epochs,
  units,
  samples,
}: Sizes): Promise<Record<string, Figure>> {
  const { train, test } = loadMnist(trainRows, testRows);
  const model = network(units);
  const digit = { data: image(test, 0), shape: [1, pixels] };
  const seen: { epoch: number; layers: Record<string, number[][]> }[] = [];
  const look = async (epoch: number) => {
    const layers = await model.predictMC(digit, { layer: hidden, samples: 200, keepSamples: true, seed: 1 });
    seen.push({
      epoch,
      layers: Object.fromEntries(hidden.map((name) => [name, columns(layers[name] as MCResult, units)])),
    });
  };
  await look(0);
  const { history } = await model.fit(train.images, train.labels, {
    loss: "sparseCategoricalCrossentropy",
    optimizer: adam({ learningRate: 0.003 }),
    metrics: ["accuracy"],
    epochs,
    batchSize: 100,
    validationData: [test.images, test.labels],
    callbacks: [{ onEpochEnd: (epoch) => look(epoch + 1) }],
  });
  const note = `${hidden.length} layers of ${units} logistic units, ${trainRows.toLocaleString("en")} digits, ${epochs} epochs`;
  const figures = {
    training: trainingCurve(history, { title: "Training on digits", heldOut: "test" }),
    ...(await gapFigures(model, digit, samples)),
    ...consistencyFigures(seen, units),
    "activation-histogram": activationHistogram(await activities(model, test, 100), {
      note: `O* for ${Math.min(100, testRows)} test digits; ${note}`,
      scale: "log",
    }),
    ...(await uncertaintyFigures(model, test, samples)),
    "softmax-by-rotation": await rotationFigure(model, test, Math.min(40, samples)),
  };
  model.dispose();
  return figures;
}

/** E − NWGM and E − O*, by the exact statistics of the first layer and sampled ones above it. */
async function gapFigures(model: Model, digit: { data: Float32Array; shape: number[] }, samples: number) {
  const above = hidden.slice(1);
  const exact = await model.exact(digit, { layer: "h1" });
  // Drawing the gates below and integrating those of the last layer: the error bars of plain sampling would hide the gaps.
  const drawn = await model.predictMC(digit, { layer: above, samples, integrateLast: true, seed: 2 });
  const deterministic = await activities(model, { images: digit }, 1);
  const note = (what: string) =>
    `one test digit; h1 exact, over 2^${exact.subnetworks.toString(2).length - 1} subnetworks; ${what}`;
  const sampled = Object.fromEntries(
    above.map((name) => {
      const { mean, standardError } = drawn[name] as MCResult;
      return [
        name,
        { mean: mean.data, deterministic: deterministic[name] ?? [], standardError: standardError.data },
      ];
    }),
  );
  return {
    "mean-minus-nwgm": meanMinusNwgm(
      { mean: exact.mean, nwgm: exact.nwgm ?? [], variance: exact.variance },
      { note: `one test digit, exact, over 2^${exact.subnetworks.toString(2).length - 1} subnetworks` },
    ),
    "mean-minus-deterministic": meanMinusDeterministic(
      { h1: { mean: exact.mean, deterministic: exact.deterministic }, ...sampled },
      { note: note(`others ${samples} sampled, the last gates integrated`) },
    ),
  };
}

/** O* of each hidden layer for the first rows. */
async function activities(
  model: Model,
  { images }: { images: { data: Float32Array; shape: readonly number[] } },
  rows: number,
) {
  const width = images.shape[1] as number;
  const count = Math.min(rows, images.shape[0] as number);
  const x = { data: images.data.subarray(0, count * width), shape: [count, width] };
  const found: Record<string, Float64Array> = {};
  for (const [index, name] of hidden.entries()) {
    // The network up to this layer: its prediction is the activity.
    const upTo = hidden.slice(0, index + 1);
    const weights = model.getWeights().slice(0, 2 * upTo.length);
    const layers = upTo.flatMap((each, i) => [
      dropout(i === 0 ? 0.2 : 0.5),
      dense(weights[2 * i + 1]?.shape[0] ?? 0, { activation: "sigmoid", name: each }),
    ]);
    const part = sequential(layers, { inputShape: [pixels], seed: 1 });
    part.setWeights(weights);
    found[name] = Float64Array.from(part.predict(x).data);
    part.dispose();
  }
  return found;
}

function spread(epochs: number[], values: readonly number[][]): SpreadByEpoch {
  const at = (share: number) => values.map((own) => quantile(own, share));
  const mean = values.map((own) => own.reduce((sum, value) => sum + value, 0) / own.length);
  return { epochs, mean, low: at(0.05), high: at(0.95) };
}

function consistencyFigures(seen: { epoch: number; layers: Record<string, number[][]> }[], units: number) {
  const epochs = seen.map(({ epoch }) => epoch);
  const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviationOf = (values: readonly number[]) =>
    Math.sqrt(meanOf(values.map((value) => (value - meanOf(values)) ** 2)));
  const last = seen.at(-1)?.layers.h2 ?? [];
  const byMean = Array.from({ length: units }, (_, unit) => unit).sort(
    (a, b) => meanOf(last[a] ?? []) - meanOf(last[b] ?? []),
  );
  const ofUnit = (unit: number) =>
    spread(
      epochs,
      seen.map(({ layers }) => layers.h2?.[unit] ?? []),
    );
  const [silent = 0, active = 0] = [byMean[Math.floor(units / 10)], byMean[Math.floor((9 * units) / 10)]];
  const deviations = Object.fromEntries(
    hidden.map((name) => {
      const isActive = (unit: number) => meanOf(seen.at(-1)?.layers[name]?.[unit] ?? [0]) > 0.1;
      const kept = byMean.filter(isActive);
      const chosen = kept.length > 0 ? kept : byMean;
      return [
        name,
        spread(
          epochs,
          seen.map(({ layers }) => chosen.map((unit) => deviationOf(layers[name]?.[unit] ?? []))),
        ),
      ];
    }),
  );
  return {
    "consistency-over-time": consistencyOverTime(
      { "an active unit": ofUnit(active), "an inactive unit": ofUnit(silent) },
      { note: "two units of h2, one test digit; line: mean, band: 5 % to 95 % of 200 subnetworks" },
    ),
    "consistency-by-layer": consistencyByLayer(deviations, {
      note: "units with a mean above 0.1 after training; line: mean, band: 5 % to 95 % of the units",
    }),
  };
}

async function uncertaintyFigures(model: Model, test: ReturnType<typeof loadMnist>["test"], samples: number) {
  const { data: labels } = test.labels;
  const { mean, predictiveEntropy, mutualInformation } = await model.predictMC(test.images, {
    samples: Math.min(100, samples),
  });
  const scaled = model.predict(test.images);
  const surest = Float64Array.from(labels, (_, row) =>
    Math.max(...mean.data.subarray(10 * row, 10 * row + 10)),
  );
  const wrong = Float64Array.from(labels, (label, row) => Number(likeliest(mean, row) !== label));
  const bins = { bins: 10 };
  const note = `${labels.length.toLocaleString("en")} test digits, ${Math.min(100, samples)} subnetworks`;
  return {
    reliability: reliabilityDiagram(
      {
        "weight-scaled": scores.reliabilityCurve(scaled, test.labels, bins),
        "MC dropout": scores.reliabilityCurve(mean, test.labels, bins),
      },
      { note },
    ),
    "risk-coverage": riskCoverage(
      {
        "largest probability": scores.riskCoverage(
          surest.map((confidence) => -confidence),
          wrong,
        ),
        "predictive entropy": scores.riskCoverage(predictiveEntropy as Tensor<Float64Array>, wrong),
        "mutual information": scores.riskCoverage(mutualInformation as Tensor<Float64Array>, wrong),
      },
      { note },
    ),
  };
}

async function rotationFigure(model: Model, test: ReturnType<typeof loadMnist>["test"], samples: number) {
  const angles = Array.from({ length: 10 }, (_, i) => 20 * i);
  const one = image(test, test.labels.data.indexOf(1));
  const images = { data: new Float32Array(angles.length * pixels), shape: [angles.length, pixels] };
  for (const [i, angle] of angles.entries()) images.data.set(rotate(one, angle), i * pixels);
  const layers = await model.predictMC(images, { layer: ["logits", "classes"], samples, keepSamples: true });
  // From [samples, angles, classes] to [angles, samples, classes].
  const byAngle = (result: MCResult | undefined) => {
    const source = result?.samples?.data ?? new Float32Array();
    const data = new Float32Array(source.length);
    for (let t = 0; t < samples; t++) {
      angles.forEach((_, a) => {
        const from = (t * angles.length + a) * 10;
        data.set(source.subarray(from, from + 10), (a * samples + t) * 10);
      });
    }
    return { data, shape: [angles.length, samples, 10] };
  };
  return softmaxByRotation(
    {
      angles,
      input: byAngle(layers.logits),
      output: byAngle(layers.classes),
      images: { data: images.data, shape: [angles.length, 28, 28] },
    },
    { note: `a one of the test set, ${samples} subnetworks` },
  );
}
