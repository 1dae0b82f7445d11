import type { VariantName } from "thinned";
import { commandFromStart } from "../output.ts";
import { numberOption, readOptions, UsageError } from "../study.ts";
import { readVariant } from "../variant.ts";

/** Everything that the numbers depend on. */
export interface Config {
  readonly trainRows: number;
  readonly testRows: number;
  readonly hidden: readonly number[];
  readonly inputRate: number;
  readonly hiddenRate: number;
  readonly maxNorm: number;
  readonly batchSize: number;
  /** Of Adam, in the first epoch. */
  readonly learningRate: number;
  /** What the learning rate is multiplied by after each epoch. */
  readonly decay: number;
  /** Sampled subnetworks for the statistics of every unit. */
  readonly samples: number;
  /** Draws of the input's gates, over each of which the first hidden layer's are integrated. */
  readonly integrated: number;
  /** Sampled subnetworks for one input after each epoch. */
  readonly probeSamples: number;
  /** Test digits whose activities make the histograms. */
  readonly histogramRows: number;
  readonly seed: number;
}

/** What a run is asked to do. */
export interface Run {
  readonly name: string;
  readonly config: Config;
  /** Epochs after which training ends, if time does not end it. */
  readonly epochs: number;
  readonly minutes: number;
  readonly figures: readonly string[];
  readonly variant: VariantName;
  readonly restart: boolean;
  readonly keep: boolean;
}

export const usage =
  "npm run reproduce understanding-dropout -- [--minutes 30] [--full] [--quick] [--epochs N] [--figures 1,2a,2b,3] [--variant simd128|relaxed|wide] [--restart] [--keep]";

const figureNames = ["1", "2a", "2b", "3"] as const;

const standard: Config = {
  trainRows: 60_000,
  testRows: 10_000,
  hidden: [1200, 1200, 1200, 1200],
  inputRate: 0.2,
  hiddenRate: 0.5,
  maxNorm: Math.sqrt(15),
  batchSize: 100,
  learningRate: 0.002,
  decay: 0.95,
  samples: 10_000,
  integrated: 40,
  probeSamples: 200,
  histogramRows: 100,
  seed: 1,
};

/** Every step in seconds on a narrow network; its numbers say little. */
const quick: Config = {
  ...standard,
  trainRows: 4_000,
  testRows: 500,
  hidden: [120, 120, 120, 120],
  samples: 1_000,
  integrated: 10,
  probeSamples: 50,
};

/** Returns what the command line asks for. */
export function readRun(args: readonly string[]): Run {
  const flag = { type: "boolean", default: false } as const;
  const text = { type: "string" } as const;
  const values = readOptions({ usage }, args, {
    minutes: text,
    epochs: text,
    full: flag,
    quick: flag,
    figures: { ...text, default: figureNames.join(",") },
    variant: { ...text, default: "wide" },
    restart: flag,
    keep: flag,
  });
  const figures = values.figures.split(",");
  const unknown = figures.find((name) => !figureNames.some((known) => known === name));
  if (unknown !== undefined) {
    throw new UsageError(
      `Cannot draw figure ${JSON.stringify(unknown)}: there is none of that name; wanted: ${figureNames.join(", ")}`,
    );
  }
  const epochs = numberOption("epochs", values.epochs, { least: 1, whole: true });
  const minutes = numberOption("minutes", values.minutes, { least: 0 });
  return {
    name: values.quick ? "understanding-dropout-quick" : "understanding-dropout",
    config: values.quick ? quick : standard,
    epochs: epochs ?? (values.quick ? 3 : 50),
    minutes: minutes ?? (values.full ? Number.POSITIVE_INFINITY : 30),
    figures,
    variant: readVariant(values.variant),
    restart: values.restart,
    keep: values.keep,
  };
}

/**
 * The command of a run from the beginning that ends in the same training: by a number of epochs, which a time that ran out or a
 * checkpoint that was there has led to, and on the variant that was had. An untrained network needs no time.
 */
export function cleanCommand(run: Run, variant: VariantName, epochs: number): string {
  const { name, figures, keep } = run;
  const own = [
    ...(name.endsWith("-quick") ? ["--quick"] : []),
    ...(epochs === 0 ? ["--minutes", "0"] : ["--full", "--epochs", `${epochs}`]),
    ...(figures.length < figureNames.length ? ["--figures", figures.join(",")] : []),
  ];
  return commandFromStart("understanding-dropout", own, { variant, keep });
}
