import { mkdirSync, writeFileSync } from "node:fs";
import type { BenchResult } from "../run/bench.ts";

const folder = new URL("../results/", import.meta.url);

/** Writes a result under `results/` and returns its name: the time, the processor and the version of Node. */
export function writeResult(result: BenchResult): string {
  const { cpu, node } = result.machine;
  const second = new Date().toISOString().slice(0, "2026-01-01T00:00:00".length);
  const words = `${second} ${cpu} node ${node}`.toLowerCase().replaceAll(/[^a-z0-9.]+/g, "-");
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL(`${words}.json`, folder), `${JSON.stringify(result, undefined, 2)}\n`);
  return `bench/results/${words}.json`;
}
