import type { ParseArgsOptionsConfig } from "node:util";
import { parseArgs } from "node:util";

/** A published result that can be computed again. */
export interface Study {
  /** One line for the list of studies. */
  readonly about: string;
  /** How its options are typed. */
  readonly usage: string;
  /** Runs it; `args` are the words after its name. Throws UsageError for what it cannot read. */
  run(args: readonly string[]): Promise<void>;
  /** Returns what the page of results says of a record that is kept; none for studies with pages of their own. */
  section?(record: never): string;
}

/** What a user typed that there is not, or cannot be: one line, exit status 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Returns the options of a command line; there are no words without an option. */
export function readOptions<const Options extends ParseArgsOptionsConfig>(
  study: Pick<Study, "usage">,
  args: readonly string[],
  options: Options,
) {
  try {
    return parseArgs({ args: withNegatives(args), options, allowPositionals: false }).values;
  } catch (error) {
    const [sentence] = (error as Error).message.split(/\. |\n/);
    throw new UsageError(`${sentence}; wanted: ${study.usage}`, { cause: error });
  }
}

/** A negative number belongs to the option before it, though it begins as an option does: its range refuses it, by its name. */
function withNegatives(args: readonly string[]): string[] {
  const isValue = (word: string | undefined) => word !== undefined && /^-[\d.]/.test(word);
  const isOption = (word: string | undefined) => word !== undefined && /^--[a-z]+$/.test(word);
  return args.flatMap((word, index) => {
    if (isOption(word) && isValue(args[index + 1])) return [`${word}=${args[index + 1]}`];
    return isValue(word) && isOption(args[index - 1]) ? [] : [word];
  });
}

/** Returns the number that an option has, within its range. */
export function numberOption(
  name: string,
  text: string | undefined,
  { least, whole = false }: { readonly least: number; readonly whole?: boolean },
): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  const fits = text.trim() !== "" && Number.isFinite(value) && value >= least;
  if (fits && (!whole || Number.isInteger(value))) return value;
  const kind = whole ? "an integer" : "a number";
  throw new UsageError(
    `Cannot read --${name} ${JSON.stringify(text)}: ${kind} of at least ${least} is wanted`,
  );
}
