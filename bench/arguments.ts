import { parseArgs } from "node:util";
import { cases } from "./cases/all.ts";
import { memoryCase } from "./memory/memory.ts";
import { type PeerName, peerNames } from "./peers/all.ts";
import { type BenchVariant, usualVariants, variants } from "./thinned/variant.ts";

/** What a run of the bench is asked to do. */
export interface BenchOptions {
  readonly cases: readonly string[];
  readonly peers: readonly PeerName[];
  readonly variants: readonly BenchVariant[];
  /** Workers that share the work of ours once more, beside one thread; undefined for one thread alone. */
  readonly threads: number | undefined;
  /** Checks every answer once and times nothing. */
  readonly once: boolean;
  readonly json: boolean;
  /** Writes a result file. */
  readonly write: boolean;
}

const usage =
  "npm run bench -- [--case W1,W3] [--peers numpy,ort-node | all] [--variant simd128,relaxed,wide] [--threads 2] [--once] [--json] [--write] [--node20]";

/** What a user typed that there is not. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Returns the options of a command line. Names in a list are parted by commas; words without an option are cases. */
export function readArguments(args: readonly string[]): BenchOptions {
  const { values, positionals } = parse([...args]);
  const caseNames = [...cases.map(({ name }) => name), memoryCase];
  const caseLists = [...(values.case ?? []), ...positionals];
  return {
    cases: caseLists.length === 0 ? caseNames : selected("case", caseLists, caseNames),
    peers: selected("peer", values.peers ?? [], peerNames),
    variants: values.variant === undefined ? usualVariants : selected("variant", values.variant, variants),
    threads: values.threads === undefined ? undefined : threadCount(values.threads),
    once: values.once,
    json: values.json,
    write: values.write,
  };
}

function parse(args: string[]) {
  const list = { type: "string", multiple: true } as const;
  const flag = { type: "boolean", default: false } as const;
  const threads = { type: "string" } as const;
  const options = { case: list, peers: list, variant: list, threads, once: flag, json: flag, write: flag };
  try {
    return parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    const [sentence] = (error as Error).message.split(". ");
    throw new UsageError(`${sentence}; wanted: ${usage}`, { cause: error });
  }
}

function threadCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1) return count;
  throw new UsageError(`Cannot run on ${JSON.stringify(text)} threads: an integer of at least 1 is wanted`);
}

function selected<Name extends string>(
  kind: string,
  lists: readonly string[],
  known: readonly Name[],
): Name[] {
  const names = lists.flatMap((list) => list.split(","));
  const unknown = names.filter((name) => name !== "all" && !known.some((other) => other === name));
  if (unknown.length > 0) {
    const quoted = unknown.map((name) => JSON.stringify(name)).join(", ");
    throw new UsageError(
      `Cannot run ${kind} ${quoted}: there is none of that name; wanted: ${known.join(", ")}`,
    );
  }
  return known.filter((name) => names.includes(name) || names.includes("all"));
}
