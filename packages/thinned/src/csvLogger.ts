import { boolean, onlyOptions, printed } from "./argument.js";
import type { Callback, CallbackState } from "./callback.js";
import { type DescribedCallback, description, stateValues } from "./callbackState.js";
import type { Logs } from "./history.js";
import { isCount } from "./json.js";
import { failure, nodeFiles } from "./store.js";

/** The options of {@link csvLogger}. */
export interface CsvLoggerOptions {
  /** Between the values of a line; default `","`. */
  readonly separator?: string | undefined;
  /** Whether the lines of an earlier fit stay; default false. */
  readonly append?: boolean | undefined;
}

/**
 * Returns a callback that writes the values of every epoch as a line of a file, as Keras' `CSVLogger`; in Node. The
 * first line has the names. A resumed fit goes on with the file as it was at the checkpoint: lines after that are written again.
 *
 * @throws the fit ends before its first epoch where the file cannot be written to
 */
export function csvLogger(path: string, options: CsvLoggerOptions = {}): Callback {
  return new CsvLogger(path, options);
}

const action = "log to a CSV file";
const kind = "csvLogger";

/** What a checkpoint keeps: the columns, once they are known, and the bytes that the file had. */
interface State {
  readonly names: readonly string[] | null;
  readonly sizeBytes: number;
}

const NEW_LINE = 10;

class CsvLogger implements DescribedCallback {
  readonly [description]: DescribedCallback[typeof description];
  readonly #path: string;
  readonly #separator: string;
  readonly #append: boolean;
  /** Of the columns after the first, once an epoch has told them. */
  #names: readonly string[] | undefined;
  /** Of the file, where it is gone on with. */
  #sizeBytes = 0;
  #resumed: State | undefined;

  constructor(path: string, options: CsvLoggerOptions) {
    const make = "make a csvLogger callback";
    onlyOptions(make, options, ["separator", "append"]);
    const { separator = ",", append = false } = options;
    if (typeof path !== "string" || path === "" || typeof separator !== "string") {
      throw new TypeError(
        `Cannot ${make}: the path is ${printed(path)} and the separator ${printed(separator)}, strings are wanted`,
      );
    }
    this.#path = path;
    this.#separator = separator;
    this.#append = boolean(make, "append", append);
    this[description] = { kind, separator };
  }

  /** Finds out whether the file can be written, and takes it back to where a resumed fit begins. */
  async onTrainBegin(): Promise<void> {
    const resumed = this.#resumed;
    this.#resumed = undefined;
    const held = await files(async ({ appendFile, readFile }) => {
      await appendFile(this.#path, "");
      return readFile(this.#path);
    });
    // A file that is gone begins anew.
    const goesOn =
      held.length > 0 && (resumed === undefined ? this.#append : this.#append || resumed.names !== null);
    this.#names = goesOn ? (resumed?.names ?? undefined) : undefined;
    this.#sizeBytes = goesOn ? (resumed?.sizeBytes ?? held.length) : 0;
    if (goesOn) await this.#cut(held);
  }

  async onEpochEnd(epoch: number, logs: Logs): Promise<void> {
    if (this.#names === undefined) {
      const names = Object.keys(logs).sort();
      await this.#begin(["epoch", ...names]);
      this.#names = names;
    }
    const line = [epoch, ...this.#names.map((name) => logs[name])].join(this.#separator);
    await files(({ appendFile }) => appendFile(this.#path, `${line}\n`));
    this.#sizeBytes += sizeOf(`${line}\n`);
  }

  getState(): CallbackState {
    return { values: { kind, names: this.#names ?? null, sizeBytes: this.#sizeBytes } };
  }

  setState(state: CallbackState): void {
    this.#resumed = stateValues<State>(kind, state, ({ names, sizeBytes }) => {
      return isCount(sizeBytes) && (names === null || Array.isArray(names));
    });
  }

  /** Cuts off what a process wrote after its last checkpoint: it will be written again. */
  async #cut(held: Uint8Array): Promise<void> {
    const sizeBytes = this.#sizeBytes;
    if (held.length < sizeBytes || (sizeBytes > 0 && held[sizeBytes - 1] !== NEW_LINE)) {
      throw new RangeError(
        `Cannot ${action}: ${printed(this.#path)} of ${held.length} bytes does not begin with the ${sizeBytes} bytes of whole lines that are gone on with; the file as it was, or another path, is wanted`,
      );
    }
    if (held.length > sizeBytes) await files(({ truncate }) => truncate(this.#path, sizeBytes));
  }

  /** Writes the line of names, or compares it with that of the file that is gone on with. */
  async #begin(columns: readonly string[]): Promise<void> {
    if (this.#sizeBytes === 0) {
      const header = `${columns.join(this.#separator)}\n`;
      await files(({ writeFile }) => writeFile(this.#path, header));
      this.#sizeBytes = sizeOf(header);
      return;
    }
    const held = new TextDecoder().decode(await files(({ readFile }) => readFile(this.#path)));
    const found = held.slice(0, held.indexOf("\n")).split(this.#separator);
    const count = Math.max(columns.length, found.length);
    for (let column = 0; column < count; column++) {
      if (found[column] === columns[column]) continue;
      throw new RangeError(
        `Cannot ${action}: ${printed(this.#path)} has ${printed(found[column])} for column ${column}, ${printed(columns[column])} is wanted; another path has room for it`,
      );
    }
  }
}

const sizeOf = (text: string): number => new TextEncoder().encode(text).length;

/** Resolves to what `work` on the files of Node does, whose errors say what for. */
async function files<Result>(work: (node: ReturnType<typeof nodeFiles>) => Promise<Result>): Promise<Result> {
  const node = nodeFiles(action);
  try {
    return await work(node);
  } catch (cause) {
    throw failure(action, cause, "a folder that is there, and the right to write into it, are wanted");
  }
}
