import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Effort } from "../cases/case.ts";

/** The name of the case that measures memory instead of time. */
export const memoryCase = "memory";

export interface MemoryReading {
  readonly name: string;
  readonly bytes: number;
  readonly atMostBytes: number;
}

const MIB = 2 ** 20;

/** What is measured, in a process of its own each, because memory never shrinks. */
const tasks = [
  { task: "W2", name: "peak of W2", atMostBytes: 96 * MIB },
  { task: "W3", name: "peak of W3", atMostBytes: 64 * MIB },
  { task: "W3i", name: "peak of W3i", atMostBytes: 64 * MIB },
  { task: "W4d", name: "peak of W4d", atMostBytes: 256 * MIB },
  { task: "W4d-44", name: "peak of W4d-44", atMostBytes: 256 * MIB },
  { task: "calls", name: "growth over 10,000 calls", atMostBytes: 0 },
] as const;

/** Returns the bytes of WebAssembly memory that calls take: the SDK's instances together. */
export async function readMemory(effort: Effort): Promise<MemoryReading[]> {
  const readings: MemoryReading[] = [];
  for (const { task, name, atMostBytes } of tasks) {
    const script = fileURLToPath(new URL("measure.ts", import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [script, task, effort]);
    readings.push({ name, bytes: Number(stdout), atMostBytes });
  }
  return readings;
}
