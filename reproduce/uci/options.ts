import { availableParallelism } from "node:os";
import { basename, join, resolve } from "node:path";
import { numberOption, readOptions, UsageError } from "../study.ts";

export const usage =
  "npm run reproduce uci -- --set yacht|energy|concrete|PATH [--splits 20] [--epochs 4000] [--threads 2] [--restart] [--keep]";

/** What a run is asked to do. */
export interface Run {
  readonly name: string;
  /** Its name as one of the sets with published results; undefined for a folder. */
  readonly known: string | undefined;
  readonly folder: string;
  /** The first so many splits; undefined for all that there are. */
  readonly splits: number | undefined;
  /** Epochs of each training; undefined for those of the set. */
  readonly epochs: number | undefined;
  readonly threads: number;
  readonly restart: boolean;
  readonly keep: boolean;
}

const known = ["yacht", "energy", "concrete"];

/** Returns what the command line asks for. */
export function readRun(args: readonly string[]): Run {
  const flag = { type: "boolean", default: false } as const;
  const text = { type: "string" } as const;
  const { set, splits, epochs, threads, restart, keep } = readOptions({ usage }, args, {
    set: text,
    splits: text,
    epochs: text,
    threads: text,
    restart: flag,
    keep: flag,
  });
  if (set === undefined) throw new UsageError(`Cannot choose a set: --set is missing; wanted: ${usage}`);
  const isKnown = known.includes(set);
  const folder = isKnown ? join(import.meta.dirname, "../../test/data/uci", set) : resolve(set);
  const positive = { least: 1, whole: true };
  return {
    name: isKnown ? set : `folder-${basename(folder)}`,
    known: isKnown ? set : undefined,
    folder,
    splits: numberOption("splits", splits, positive),
    epochs: numberOption("epochs", epochs, positive),
    threads: numberOption("threads", threads, positive) ?? availableParallelism(),
    restart,
    keep,
  };
}
