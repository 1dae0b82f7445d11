import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { relative } from "node:path";
import { UsageError } from "../study.ts";
import { scoreNames } from "./score.ts";
import type { SplitResult } from "./split.ts";

/** What a run has done that may be interrupted. */
export interface Unfinished {
  readonly results: readonly SplitResult[];
  /** How long it took, all threads at once. */
  readonly seconds: number;
}

/**
 * Returns what an interrupted run of the same work, as `key` says, has done; nothing where there was none.
 *
 * @throws UsageError when the file cannot be read, or is not one that `writeUnfinished` wrote
 */
export function readUnfinished(file: string, key: string): Unfinished {
  if (!existsSync(file)) return { results: [], seconds: 0 };
  const stored = parsed(file);
  const { results, seconds } = stored;
  if (!isAmount(seconds) || typeof stored.key !== "string") throw damaged(file, "no key or no time is in it");
  if (!Array.isArray(results) || !results.every(isResult)) {
    throw damaged(file, "a split of it has no number, setting or score");
  }
  if (new Set(results.map(({ split }) => split)).size < results.length) {
    throw damaged(file, "a split is in it twice");
  }
  return stored.key === key ? { results, seconds } : { results: [], seconds: 0 };
}

/** Writes what a run has done so far: the file is the old one or the new one whenever the process ends. */
export function writeUnfinished(file: string, key: string, { results, seconds }: Unfinished): void {
  writeFileSync(`${file}.tmp`, JSON.stringify({ key, seconds, results }));
  renameSync(`${file}.tmp`, file);
}

function parsed(file: string): { readonly [name: string]: unknown } {
  try {
    // A word or a number is JSON as well, and has none of the properties; null has to be an object to be asked for them.
    return Object(JSON.parse(readFileSync(file, "utf8")));
  } catch (error) {
    const [reason = ""] = (error as Error).message.split("\n");
    throw damaged(file, reason, error);
  }
}

function isAmount(value: unknown): value is number {
  return typeof value === "number" && value >= 0;
}

function isResult(value: unknown): value is SplitResult {
  const result = Object(value);
  const numbers = [...scoreNames, "rate", "tau", "seconds"].map((name) => result[name]);
  return Number.isInteger(result.split) && result.split >= 0 && numbers.every(Number.isFinite);
}

function damaged(file: string, reason: string, cause?: unknown): UsageError {
  return new UsageError(
    `Cannot go on with the splits in ${relative(process.cwd(), file)}: ${reason}; --restart begins without it`,
    { cause },
  );
}
