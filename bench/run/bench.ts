import { createPool } from "thinned";
import type { BenchOptions } from "../arguments.ts";
import { cases } from "../cases/all.ts";
import { type Machine, machine } from "../measure/machine.ts";
import { type MemoryReading, memoryCase, readMemory } from "../memory/memory.ts";
import { openPeer, type PeerName } from "../peers/all.ts";
import { NotCompared } from "../peers/peer.ts";
import { writeResult } from "../report/file.ts";
import { caseText, machineText, memoryText } from "../report/text.ts";
import { type BenchVariant, isAvailable } from "../thinned/variant.ts";
import type { CaseResult } from "./result.ts";
import { type Opened, runCase } from "./runCase.ts";

/** All that one run of the bench found. */
export interface BenchResult {
  readonly machine: Machine;
  readonly peers: readonly { readonly name: string; readonly version: string }[];
  readonly cases: readonly CaseResult[];
  readonly memory: readonly MemoryReading[];
  /** Answers of ours, and of peers that were asked for. */
  readonly passed: number;
  readonly failed: number;
}

/** Runs the chosen cases, prints what they give, and returns how many answers of ours are wrong. */
export async function bench(options: BenchOptions): Promise<number> {
  const effort = options.once ? "brief" : "whole";
  const print = options.json ? () => undefined : console.log;
  const opened = await openAll(options.peers);
  const pool = options.threads === undefined ? undefined : createPool({ threads: options.threads });
  try {
    const peers = opened.flatMap(({ name, peer }) =>
      peer instanceof NotCompared ? [] : [{ name, version: peer.version }],
    );
    print(machineText(machine(), peers));
    const variants: BenchVariant[] = [];
    for (const variant of options.variants) {
      if (await isAvailable(variant)) variants.push(variant);
      else print(`not run: variant ${variant}, which this host does not have`);
    }
    if (variants.includes("wide")) print(wideNote);
    const results: CaseResult[] = [];
    for (const benchCase of cases.filter(({ name }) => options.cases.includes(name))) {
      const result = await runCase(benchCase, { variants, pool }, opened, effort);
      print(caseText(result));
      results.push(result);
    }
    const memory = options.cases.includes(memoryCase) ? await readMemory(effort) : [];
    if (memory.length > 0) print(memoryText(memory));
    const result = counted({ machine: machine(), peers, cases: results, memory });
    if (options.json) console.log(JSON.stringify(result, undefined, 2));
    if (options.write) print(`written: ${writeResult(result)}`);
    print(`${result.passed} passed, ${result.failed} failed`);
    return result.failed;
  } finally {
    await pool?.dispose();
    for (const { peer } of opened) if (!(peer instanceof NotCompared)) await peer.close();
  }
}

/** Code that V8 optimises after the flag was set is joined, whoever's it is. */
const wideNote =
  "variant wide is among them: its flag of V8 is the whole process's, so simd128, relaxed and peers in WebAssembly may be faster here than by themselves; wide in a run of its own leaves theirs alone";

async function openAll(names: readonly PeerName[]): Promise<Opened[]> {
  const opened: Opened[] = [];
  for (const name of names) {
    const peer = await openPeer(name).catch((error: unknown) => {
      if (error instanceof NotCompared) return error;
      throw error;
    });
    opened.push({ name, peer });
  }
  return opened;
}

/** Adds up right and wrong answers. A peer that is not compared is neither; memory counts by its limit. */
function counted(result: Omit<BenchResult, "passed" | "failed">): BenchResult {
  const within = result.memory.filter(({ bytes, atMostBytes }) => bytes <= atMostBytes).length;
  const passed = result.cases.reduce((sum, { programs }) => sum + programs.length, within);
  const failed = result.cases.reduce(
    (sum, { failures }) => sum + failures.length,
    result.memory.length - within,
  );
  return { ...result, passed, failed };
}
