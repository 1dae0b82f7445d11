// Gal & Ghahramani (2016), "Dropout as a Bayesian Approximation", figure 2: carbon dioxide extrapolated, with and without a doubt.
import { predictiveBand } from "@thinned/plot";
import { standardize } from "thinned";
import { table } from "../../examples/mnist/table.ts";
import { writeFigures } from "../../examples/mnist/writeFigures.ts";
import { announce, commandOf, outputFolder, writeRecord } from "../output.ts";
import type { Study } from "../study.ts";
import { useVariant } from "../variant.ts";
import { type Measurements, readMeasurements } from "./measurements.ts";
import { type Answer, gaussianProcess, network, type Task } from "./models.ts";
import { type Config, readRun, usage } from "./options.ts";

async function run(args: readonly string[]): Promise<void> {
  const plan = readRun(args);
  const { name, config, keep } = plan;
  const variant = await useVariant("co2", plan.variant);
  const all = readMeasurements();
  const { task, years, inPpm } = taskOf(all, config);
  const process = await gaussianProcess(task);
  const relu = await network("relu", task, config);
  const tanh = await network("tanh", task, config);

  const answers: Record<string, Answer> = {
    "Gaussian process, squared exponential": process,
    "MC dropout, ReLU": relu.sampled,
    "MC dropout, tanh": tanh.sampled,
  };
  const bands = Object.entries(answers).map(([title, answer]) => {
    return [
      title,
      { x: years, mean: inPpm.mean(answer.mean), deviation: inPpm.deviation(answer.deviation) },
    ] as const;
  });
  // Of 740 months, which would cover each other: centuries are drawn.
  const isDrawn = (_: number, month: number) => month % 24 === 0;
  const line = { x: years, mean: inPpm.mean(relu.weightScaled) };
  const figure = predictiveBand(Object.fromEntries([...bands, ["dropout as usual, ReLU: no doubt", line]]), {
    title: "Carbon dioxide above Mauna Loa, extrapolated",
    note: `${config.hidden.length} hidden layers of ${config.hidden[0]} units, rate ${config.rate}, ${config.samples} sampled subnetworks; the observations of every second year`,
    data: { x: all.years.filter(isDrawn), y: all.ppm.filter(isDrawn) },
    trained: [all.years[0] as number, config.trainedUntil],
    xLabel: "year",
    yLabel: "CO2 (ppm)",
    layout: "facets",
    range: [250, 900],
  });
  const widths = Object.fromEntries(
    Object.entries(answers).map(([title, answer]) => [
      title,
      widthsOf(answer, years, config, inPpm.deviation),
    ]),
  );
  const seconds = { relu: relu.seconds, tanh: tanh.seconds };
  console.log(`\n${reportOf({ config, seconds, widths })}`);
  const record = {
    command: commandOf("co2", args),
    config,
    variant,
    lengthScale: process.lengthScale,
    seconds,
    widths,
  };
  const paths = [
    ...writeFigures(outputFolder(name), { co2: figure }),
    ...(await writeRecord(name, record, keep)),
  ];
  announce(paths);
}

/** Standardises what the models learn from, and the way back to parts per million. */
function taskOf({ years, ppm }: Measurements, { trainedUntil, lookedAt, points }: Config) {
  const learned = years.findIndex((year) => year >= trainedUntil);
  const count = learned < 0 ? years.length : learned;
  const time = standardize(years.slice(0, count), { name: "the years" });
  const level = standardize(ppm.slice(0, count), { name: "CO2" });
  const [mean = 0] = level.mean;
  const [scale = 1] = level.deviation;
  const [first, last] = [years[0] as number, lookedAt.at(-1) as number];
  const asked = Array.from({ length: points }, (_, i) => first + ((last - first) * i) / (points - 1));
  const column = (values: readonly number[]) => {
    const { data } = time.transform(values);
    return { data, shape: [data.length, 1] };
  };
  const task: Task = {
    x: column(years.slice(0, count)),
    y: level.transform(ppm.slice(0, count)).data,
    asked: column(asked),
  };
  const inPpm = {
    mean: (values: Float64Array) => values.map((value) => mean + scale * value),
    deviation: (values: Float64Array) => values.map((value) => scale * value),
  };
  return { task, years: asked, inPpm };
}

/** The doubt about the model in parts per million: its mean where there are data, and in the years that are looked at. */
function widthsOf(
  { doubt }: Answer,
  years: readonly number[],
  { trainedUntil, lookedAt }: Config,
  inPpm: (values: Float64Array) => Float64Array,
): Widths {
  const widths = inPpm(doubt);
  const within = widths.filter((_, index) => (years[index] as number) < trainedUntil);
  const nearest = (year: number) =>
    years.reduce((best, other, index) => {
      return Math.abs(other - year) < Math.abs((years[best] as number) - year) ? index : best;
    }, 0);
  return {
    within: within.reduce((sum, value) => sum + value, 0) / within.length,
    later: lookedAt.map((year) => widths[nearest(year)] as number),
  };
}

/** How wide a band is, in parts per million. */
interface Widths {
  readonly within: number;
  /** By the years that are looked at. */
  readonly later: readonly number[];
}

/** What a run came to. */
interface Found {
  readonly config: Config;
  readonly seconds: { readonly relu: number; readonly tanh: number };
  readonly widths: Readonly<Record<string, Widths>>;
}

function reportOf({ config, seconds, widths }: Found): string {
  const rows = Object.entries(widths).map(([title, { within, later }]) => {
    const last = (later.at(-1) as number) / (later.at(-2) as number);
    return [title, within.toFixed(2), ...later.map((width) => width.toFixed(2)), last.toFixed(2)];
  });
  const [before, after] = config.lookedAt.slice(-2);
  const header = [
    "model",
    "within the data",
    ...config.lookedAt.map((year) => `in ${year}`),
    `${after} / ${before}`,
  ];
  const time = `training of ${seconds.relu.toFixed(0)} s with ReLU, ${seconds.tanh.toFixed(0)} s with tanh`;
  return `Standard deviation of the model (ppm), without the noise of a measurement; ${time}\n${table(header, rows)}`;
}

export const study: Study = {
  about: "Gal & Ghahramani 2016, figure 2: CO2 extrapolated by a Gaussian process and by MC dropout",
  usage,
  run,
  section: (found: Found) => `\`\`\`\n${reportOf(found)}\n\`\`\``,
};
