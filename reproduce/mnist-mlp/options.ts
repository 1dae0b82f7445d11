import type { VariantName } from "thinned";
import { commandFromStart } from "../output.ts";
import { numberOption, readOptions } from "../study.ts";
import { readVariant } from "../variant.ts";

/** Everything that a run depends on; kept with its results. */
export interface Config {
  readonly trainRows: number;
  readonly testRows: number;
  readonly epochs: number;
  readonly hidden: readonly number[];
  readonly inputRate: number;
  readonly hiddenRate: number;
  readonly maxNorm: number;
  readonly batchSize: number;
  /** Of the first step after the warm-up; half a cosine leads from there to 0. */
  readonly learningRate: number;
  readonly warmupEpochs: number;
  readonly momentum: number;
  /** Sampled subnetworks for the test rows, after training. */
  readonly samples: number;
  readonly seed: number;
}

/** How a run is done, which changes none of its numbers but through `variant`. */
export interface Run {
  /** Of its folder: a quick run leaves a long one alone. */
  readonly name: string;
  readonly config: Config;
  readonly variant: VariantName;
  /** Minutes after which training stops at the end of an epoch. */
  readonly minutes: number;
  /** Begins anew where a checkpoint would let it go on. */
  readonly restart: boolean;
  readonly keep: boolean;
}

const standardMinutes = 90;

export const usage =
  "npm run reproduce mnist-mlp -- [--quick] [--epochs 100] [--minutes 90] [--variant simd128|relaxed|wide] [--restart] [--keep]";

const full: Config = {
  trainRows: 60_000,
  testRows: 10_000,
  epochs: 100,
  hidden: [1024, 1024, 1024],
  inputRate: 0.2,
  hiddenRate: 0.5,
  maxNorm: 3,
  batchSize: 128,
  learningRate: 0.03,
  warmupEpochs: 1,
  momentum: 0.95,
  samples: 100,
  seed: 1,
};

/** The same network, on a fifth of the rows for a few epochs. */
const quick: Config = {
  ...full,
  trainRows: 12_000,
  testRows: 2_000,
  epochs: 4,
  samples: 20,
};

/** Returns what the command line asks for. */
export function readRun(args: readonly string[]): Run {
  const flag = { type: "boolean", default: false } as const;
  const text = { type: "string" } as const;
  const values = readOptions({ usage }, args, {
    quick: flag,
    restart: flag,
    keep: flag,
    epochs: text,
    minutes: text,
    variant: { ...text, default: "wide" },
  });
  const config = values.quick ? quick : full;
  return {
    name: values.quick ? "mnist-mlp-quick" : "mnist-mlp",
    config: {
      ...config,
      epochs: numberOption("epochs", values.epochs, { least: 1, whole: true }) ?? config.epochs,
    },
    variant: readVariant(values.variant),
    minutes: numberOption("minutes", values.minutes, { least: 0.1 }) ?? standardMinutes,
    restart: values.restart,
    keep: values.keep,
  };
}

/**
 * The command of the same run from the beginning, without the checkpoint that this one may have begun with, on the variant that was had.
 * A run that came to its last epoch gets the time that all its parts together took, twice: it is not to end before.
 */
export function cleanCommand(
  { name, config, minutes, keep }: Run,
  variant: VariantName,
  { epochs, seconds }: { readonly epochs: number; readonly seconds: number },
): string {
  const isQuick = name.endsWith("-quick");
  const needed = Math.ceil((2 * seconds) / 60);
  const time = epochs < config.epochs ? minutes : Math.max(needed, standardMinutes);
  const own = [
    ...(isQuick ? ["--quick"] : []),
    ...(config.epochs === (isQuick ? quick : full).epochs ? [] : ["--epochs", `${config.epochs}`]),
    ...(time === standardMinutes ? [] : ["--minutes", `${time}`]),
  ];
  return commandFromStart("mnist-mlp", own, { variant, keep });
}
