import { boolean, onlyOptions, printed } from "./argument.js";
import type { Callback, CallbackState } from "./callback.js";
import type { Logs } from "./history.js";
import { nodeFiles } from "./store.js";

/** The options of {@link csvLogger}. */
export interface CsvLoggerOptions {
  /** Between the values of a line; default `","`. */
  readonly separator?: string | undefined;
  /** Whether the lines of an earlier fit stay; default false. */
  readonly append?: boolean | undefined;
}

/**
 * Returns a callback that writes the values of every epoch as a line of a file, as Keras' `CSVLogger`; in Node. The
 * first line has the names. A resumed fit goes on with the file.
 */
export function csvLogger(path: string, options: CsvLoggerOptions = {}): Callback {
  return new CsvLogger(path, options);
}

const action = "log to a CSV file";

class CsvLogger implements Callback {
  readonly #path: string;
  readonly #separator: string;
  readonly #append: boolean;
  #names: string[] | undefined;

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
  }

  async onEpochEnd(epoch: number, logs: Logs): Promise<void> {
    const files = nodeFiles(action);
    if (this.#names === undefined) {
      this.#names = Object.keys(logs).sort();
      const header = `${["epoch", ...this.#names].join(this.#separator)}\n`;
      const held = this.#append ? await files.readFile(this.#path).catch(() => undefined) : undefined;
      if (held === undefined || held.length === 0) await files.writeFile(this.#path, header);
    }
    const values = [epoch, ...this.#names.map((name) => logs[name])];
    await files.appendFile(this.#path, `${values.join(this.#separator)}\n`);
  }

  onTrainEnd(): void {
    this.#names = undefined;
  }

  getState(): CallbackState {
    return { values: { names: this.#names ?? null } };
  }

  setState({ values }: CallbackState): void {
    this.#names = (values as { names: string[] | null }).names ?? undefined;
  }
}
