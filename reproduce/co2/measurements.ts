import { readFileSync } from "node:fs";
import { reinstall } from "../../examples/mnist/dataset.ts";
import { UsageError } from "../study.ts";

/** Monthly means of the carbon dioxide in the air above Mauna Loa. */
export interface Measurements {
  /** Years with their fractions, ascending. */
  readonly years: readonly number[];
  /** Parts per million. */
  readonly ppm: readonly number[];
}

/** Reads the measurements from the npm package vega-datasets. */
export function readMeasurements(): Measurements {
  const lines = dataText().trim().split("\n");
  const rows = lines.slice(1).map((line, index) => {
    const [date = "", ppm = ""] = line.split(",");
    const time = Date.parse(date);
    if (Number.isNaN(time) || !Number.isFinite(Number.parseFloat(ppm))) {
      throw new UsageError(
        `Cannot read the measurements: line ${index + 2} is ${JSON.stringify(line)}, a date and a number are wanted`,
      );
    }
    return { year: yearOf(new Date(time)), ppm: Number.parseFloat(ppm) };
  });
  return { years: rows.map(({ year }) => year), ppm: rows.map(({ ppm }) => ppm) };
}

function dataText(): string {
  try {
    return readFileSync(
      new URL("../data/co2-concentration.csv", import.meta.resolve("vega-datasets")),
      "utf8",
    );
  } catch (cause) {
    const isFile = (cause as NodeJS.ErrnoException).code === "ENOENT";
    const state = `${isFile ? "co2-concentration.csv of " : ""}the npm package vega-datasets is not installed`;
    throw new UsageError(`Cannot read the measurements: ${state}; ${reinstall}`, { cause });
  }
}

function yearOf(date: Date): number {
  return date.getUTCFullYear() + date.getUTCMonth() / 12;
}
