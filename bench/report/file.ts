import { mkdirSync, writeFileSync } from "node:fs";
import type { BenchResult } from "../run/bench.ts";

const folder = new URL("../results/", import.meta.url);

/** Writes a result under `results/` and returns its name: the day, the processor and the version of Node. */
export function writeResult(result: BenchResult): string {
  const { cpu, node } = result.machine;
  const day = new Date().toISOString().slice(0, 10);
  const words = `${day} ${cpu} node ${node}`.toLowerCase().replaceAll(/[^a-z0-9.]+/g, "-");
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL(`${words}.json`, folder), `${JSON.stringify(result, undefined, 2)}\n`);
  return `bench/results/${words}.json`;
}
