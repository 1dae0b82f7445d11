import { readdirSync, readFileSync } from "node:fs";
import type { BenchResult } from "../run/bench.ts";
import type { ProgramResult } from "../run/result.ts";

const folder = new URL("../results/", import.meta.url);

/** The lines between which the table stands. */
const BEGIN = "<!-- made by node bench/readme.ts from bench/results -->";
const END = "<!-- end -->";

/** The release of Node that the table is of; others have results of their own. */
const RELEASE = "24.";

const own = ["simd128", "relaxed", "wide"];
const peers = ["numpy", "ort-node", "ort-web", "tfjs", "jax-js", "plain-js"];

/** Returns a README with its table of the results that are kept: of several runs of a case the last. */
export function withResults(readme: string): string {
  const [before, rest] = readme.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined)
    throw new Error(`Cannot write the table: README.md has no lines ${BEGIN} and ${END}`);
  const results = readdirSync(folder)
    .sort()
    .map(read)
    .filter(({ machine }) => machine.node.startsWith(RELEASE));
  return `${before}${BEGIN}\n${[...lines(results), END].join("\n")}${after}`;
}

function read(name: string): BenchResult {
  return JSON.parse(readFileSync(new URL(name, folder), "utf8"));
}

function lines(results: readonly BenchResult[]): string[] {
  const titles = new Map<string, string>();
  const times = new Map<string, Map<string, number>>();
  for (const { name, title, programs } of results.flatMap(({ cases }) => cases)) {
    titles.set(name, title);
    const ofRun = new Map<string, number>();
    for (const program of programs) addTime(ofRun, program);
    times.set(name, new Map([...(times.get(name) ?? []), ...ofRun]));
  }
  const columns = [...own, ...peers].filter((column) => [...times.values()].some((row) => row.has(column)));
  const { compare } = new Intl.Collator("en", { numeric: true });
  const inOrder = [...titles].sort(([a], [b]) => compare(a, b));
  const rows = inOrder.map(([name, title]) => {
    const row = times.get(name);
    return [`${name}: ${title}`, ...columns.map((column) => milliseconds(row?.get(column)))];
  });
  const head = [
    ["median, ms", ...columns],
    ["---", ...columns.map(() => "--:")],
  ];
  const machines = new Set(
    results.map(({ machine: { cpu, cores, node } }) => `${cpu}, ${cores} cores, Node ${node}`),
  );
  return [
    ...[...head, ...rows].map((cells) => `| ${cells.join(" | ")} |`),
    "",
    `Measured on: ${[...machines].join("; ")}. Every program on one thread; from ${results.length} runs, so compare within a run: bench/results has each.`,
  ];
}

/** Keeps the time of a program under the name of its column: of several ways to do the work the fastest. */
function addTime(times: Map<string, number>, { name, ours, speed }: ProgramResult): void {
  if (speed === undefined || /threads|at once/.test(name)) return;
  const columns = ours
    ? own.map((variant) => [variant, `thinned, ${variant}`])
    : peers.map((peer) => [peer, peer]);
  const [column] = columns.find(([, begin]) => name === begin || name.startsWith(`${begin},`)) ?? [];
  if (column !== undefined)
    times.set(column, Math.min(speed.medianMs, times.get(column) ?? Number.POSITIVE_INFINITY));
}

function milliseconds(value: number | undefined): string {
  if (value === undefined) return "";
  return value >= 100 ? Math.round(value).toLocaleString("en-US") : value.toPrecision(2);
}
