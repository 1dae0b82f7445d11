import type { VariantName } from "thinned";
import { commandFromStart } from "../output.ts";
import { numberOption, readOptions } from "../study.ts";
import { readVariant } from "../variant.ts";

/** Everything that the numbers depend on. */
export interface Config {
  readonly trainRows: number;
  /** The last training rows, which are not learned from but choose the temperature. */
  readonly validationRows: number;
  readonly testRows: number;
  readonly epochs: number;
  readonly batchSize: number;
  /** Of the first step after the warm-up; half a cosine leads from there to 0. */
  readonly learningRate: number;
  readonly rate: number;
  readonly samples: number;
  /** Degrees by which the rotated test set is turned at most, to either side. */
  readonly turn: number;
  /** Standard deviation of the noise that is added to the grey values of the noisy test set. */
  readonly noise: number;
  readonly rotatedDigits: number;
  readonly angleStep: number;
  readonly seed: number;
}

/** What a run is asked to do. */
export interface Run {
  readonly name: string;
  readonly config: Config;
  readonly variant: VariantName;
  readonly restart: boolean;
  readonly keep: boolean;
}

export const usage =
  "npm run reproduce lenet -- [--quick] [--epochs 10] [--variant simd128|relaxed|wide] [--restart] [--keep]";

const full: Config = {
  trainRows: 60_000,
  validationRows: 5_000,
  testRows: 10_000,
  epochs: 10,
  batchSize: 128,
  learningRate: 0.001,
  rate: 0.5,
  samples: 100,
  turn: 60,
  noise: 0.4,
  rotatedDigits: 200,
  angleStep: 15,
  seed: 1,
};

/** Every step in seconds; its numbers say little. */
const quick: Config = {
  ...full,
  trainRows: 3_000,
  validationRows: 500,
  testRows: 500,
  epochs: 1,
  samples: 20,
  rotatedDigits: 10,
  angleStep: 45,
};

/** Returns what the command line asks for. */
export function readRun(args: readonly string[]): Run {
  const flag = { type: "boolean", default: false } as const;
  const values = readOptions({ usage }, args, {
    quick: flag,
    restart: flag,
    keep: flag,
    epochs: { type: "string" },
    variant: { type: "string", default: "wide" },
  });
  const config = values.quick ? quick : full;
  const epochs = numberOption("epochs", values.epochs, { least: 1, whole: true }) ?? config.epochs;
  return {
    name: values.quick ? "lenet-quick" : "lenet",
    config: { ...config, epochs },
    variant: readVariant(values.variant),
    restart: values.restart,
    keep: values.keep,
  };
}

/** The command of the same run from the beginning, without the checkpoint that this one may have begun with, on the variant that was had. */
export function cleanCommand({ name, config, keep }: Run, variant: VariantName): string {
  const isQuick = name.endsWith("-quick");
  const own = [
    ...(isQuick ? ["--quick"] : []),
    ...(config.epochs === (isQuick ? quick : full).epochs ? [] : ["--epochs", `${config.epochs}`]),
  ];
  return commandFromStart("lenet", own, { variant, keep });
}
