import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "../study.ts";

/** A regression set with its published splits and search grid. */
export interface RegressionSet {
  /** `[rows, inputs]`. */
  readonly inputs: readonly (readonly number[])[];
  /** `[rows]`. */
  readonly targets: readonly number[];
  /** Which columns of data.txt they are, counted from 0 as in the files of column numbers. */
  readonly columns: { readonly inputs: readonly number[]; readonly target: number };
  readonly splits: readonly Split[];
  /** Precisions of the noise, in units of the target to the power −2. */
  readonly taus: readonly number[];
  readonly rates: readonly number[];
  readonly hiddenUnits: number;
  readonly epochs: number;
  /** Tells sets and protocols apart: a hash of everything above. */
  readonly fingerprint: string;
}

/** Row numbers. */
export interface Split {
  readonly train: readonly number[];
  readonly test: readonly number[];
}

/** Epochs are kept in hundreds. */
const EPOCHS_PER_UNIT = 100;

/**
 * Reads a folder in the format of Gal and Ghahramani's release: `data.txt` and files of row and column numbers.
 *
 * @throws UsageError that names the file, and the line where there is one, of what is missing or cannot be read.
 */
export function readRegressionSet(folder: string): RegressionSet {
  const rows = readRows(folder, "data.txt");
  const columns = rows[0]?.length ?? 0;
  for (const [line, row] of rows.entries()) {
    if (row.length !== columns) {
      throw problem(
        folder,
        "data.txt",
        line,
        `it has ${row.length} numbers, ${columns} as in line 1 are wanted`,
      );
    }
  }
  const features = readIndices(folder, "index_features.txt", columns, "column");
  const [target = 0, second] = readIndices(folder, "index_target.txt", columns, "column");
  if (second !== undefined) {
    throw problem(folder, "index_target.txt", 0, `it names column ${second} beside ${target}, one is wanted`);
  }
  if (features.includes(target)) {
    throw problem(folder, "index_features.txt", 0, `column ${target} is the target, others are wanted`);
  }
  const count = readOne(folder, "n_splits.txt");
  const indices = (name: string): number[] => readIndices(folder, name, rows.length, "row");
  const set = {
    inputs: rows.map((row) => features.map((column) => row[column] as number)),
    targets: rows.map((row) => row[target] as number),
    columns: { inputs: features, target },
    splits: Array.from({ length: count }, (_, split) => {
      const [train, test] = [indices(`index_train_${split}.txt`), indices(`index_test_${split}.txt`)];
      refuseShared(folder, split, train, test);
      return { train, test };
    }),
    taus: readNumbers(folder, "tau_values.txt", "a number above 0", (tau) => tau > 0),
    rates: readNumbers(folder, "dropout_rates.txt", "a number in [0, 1)", (rate) => rate >= 0 && rate < 1),
    hiddenUnits: readOne(folder, "n_hidden.txt"),
    epochs: readOne(folder, "n_epochs.txt") * EPOCHS_PER_UNIT,
  };
  return { ...set, fingerprint: createHash("sha256").update(JSON.stringify(set)).digest("hex") };
}

/** A test row that is trained on would make every score better than it is. */
function refuseShared(
  folder: string,
  split: number,
  train: readonly number[],
  test: readonly number[],
): void {
  const trained = new Set(train);
  const shared = test.find((row) => trained.has(row));
  if (shared === undefined) return;
  throw new UsageError(
    `Cannot read the set in ${folder}: row ${shared} is in index_train_${split}.txt and in index_test_${split}.txt, one of them is wanted`,
  );
}

function readRows(folder: string, name: string): number[][] {
  if (!existsSync(join(folder, name)))
    throw new UsageError(`Cannot read the set in ${folder}: the file ${name} is missing`);
  const lines = textOf(folder, name).split("\n");
  const rows = lines.map((line, index) =>
    line
      .trim()
      .split(/\s+/)
      .filter((word) => word !== "")
      .map((word) => {
        const value = Number(word);
        if (!Number.isFinite(value)) {
          throw problem(folder, name, index, `${JSON.stringify(word)} is no finite number`);
        }
        return value;
      }),
  );
  // Lines at the end may be empty; one between others would shift what the files of row numbers mean.
  while (rows.at(-1)?.length === 0) rows.pop();
  const empty = rows.findIndex((row) => row.length === 0);
  if (empty >= 0) throw problem(folder, name, empty, "it is empty");
  if (rows.length > 0) return rows;
  throw new UsageError(`Cannot read the set in ${folder}: the file ${name} is empty`);
}

function textOf(folder: string, name: string): string {
  try {
    return readFileSync(join(folder, name), "utf8");
  } catch (cause) {
    throw new UsageError(
      `Cannot read the set in ${folder}: the file ${name} cannot be read: ${(cause as Error).message}`,
      { cause },
    );
  }
}

function readIndices(folder: string, name: string, count: number, kind: string): number[] {
  return readRows(folder, name).flatMap((row, line) =>
    row.map((index) => {
      if (Number.isInteger(index) && index >= 0 && index < count) return index;
      throw problem(folder, name, line, `${kind} ${index} is not one of the ${count} from 0 to ${count - 1}`);
    }),
  );
}

function readNumbers(
  folder: string,
  name: string,
  wanted: string,
  fits: (value: number) => boolean,
): number[] {
  return readRows(folder, name).flatMap((row, line) =>
    row.map((value) => {
      if (fits(value)) return value;
      throw problem(folder, name, line, `${value} is wrong, ${wanted} is wanted`);
    }),
  );
}

function readOne(folder: string, name: string): number {
  const value = readRows(folder, name)[0]?.[0] as number;
  if (Number.isInteger(value) && value > 0) return value;
  throw problem(folder, name, 0, `${value} is no positive integer`);
}

function problem(folder: string, name: string, line: number, what: string): UsageError {
  return new UsageError(`Cannot read the set in ${folder}: ${name}, line ${line + 1}: ${what}`);
}
