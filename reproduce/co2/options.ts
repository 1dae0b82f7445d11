import type { VariantName } from "thinned";
import { numberOption, readOptions } from "../study.ts";
import { readVariant } from "../variant.ts";

/** Everything that the numbers depend on. */
export interface Config {
  /** The models learn from what was measured before this year. */
  readonly trainedUntil: number;
  /** And are asked about the years until the last of these, which is where the report looks. */
  readonly lookedAt: readonly number[];
  readonly hidden: readonly number[];
  readonly rate: number;
  /** Of the prior of the weights, and of the noise of standardised measurements. */
  readonly prior: { readonly lengthScale: number; readonly tau: number };
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly samples: number;
  /** Points in time that are asked for. */
  readonly points: number;
  readonly seed: number;
}

/** What a run is asked to do. */
export interface Run {
  readonly name: string;
  readonly config: Config;
  readonly variant: VariantName;
  readonly keep: boolean;
}

export const usage =
  "npm run reproduce co2 -- [--quick] [--epochs 600] [--variant simd128|relaxed|wide] [--keep]";

const full: Config = {
  trainedUntil: 2000,
  lookedAt: [2035, 2150, 2300],
  hidden: [1024, 1024, 1024, 1024],
  rate: 0.1,
  prior: { lengthScale: 0.1, tau: 100 },
  epochs: 600,
  batchSize: 128,
  learningRate: 0.0005,
  samples: 1000,
  points: 480,
  seed: 1,
};

/** Every step in seconds; its bands say little. */
const quick: Config = { ...full, hidden: [64, 64, 64, 64], epochs: 40, samples: 100, points: 60 };

/** Returns what the command line asks for. */
export function readRun(args: readonly string[]): Run {
  const flag = { type: "boolean", default: false } as const;
  const values = readOptions({ usage }, args, {
    quick: flag,
    keep: flag,
    epochs: { type: "string" },
    variant: { type: "string", default: "wide" },
  });
  const config = values.quick ? quick : full;
  const epochs = numberOption("epochs", values.epochs, { least: 1, whole: true }) ?? config.epochs;
  return {
    name: values.quick ? "co2-quick" : "co2",
    config: { ...config, epochs },
    variant: readVariant(values.variant),
    keep: values.keep,
  };
}
