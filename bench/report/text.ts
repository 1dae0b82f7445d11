import type { Machine } from "../measure/machine.ts";
import type { MemoryReading } from "../memory/memory.ts";
import type { CaseResult, Complaint, ProgramResult, Speed } from "../run/result.ts";
import { table } from "./table.ts";

export function machineText(machine: Machine, peers: readonly { name: string; version: string }[]): string {
  const { cpu, cores, platform, node, v8, thinned } = machine;
  const lines = [
    `${cpu}, ${cores} cores, ${platform}, Node ${node} (V8 ${v8}), thinned ${thinned}; every program on one thread that names no other number`,
  ];
  return [...lines, ...peers.map(({ name, version }) => `${name}: ${version}`)].join("\n");
}

/** Returns the times of a case, the ratios of our rates to those of the others, and what became of its goals. */
export function caseText({ name, title, programs, failures, notCompared, goals }: CaseResult): string {
  const lines = [
    "",
    `${name}  ${title}`,
    ...table(timeRows(programs)),
    ...failures.map((failure) => `FAILED: ${name}, ${failure.name}: ${failure.reason}`),
    ...byReason(notCompared).map((missing) => `not compared: ${name}, ${missing.name}: ${missing.reason}`),
    ...goals.map(({ goal, measured, state }) => `goal ${goal}: ${state}${measured ? `, ${measured}` : ""}`),
  ];
  return lines.join("\n");
}

/** Joins the names of those that share a reason. */
function byReason(complaints: readonly Complaint[]): Complaint[] {
  const reasons = [...new Set(complaints.map(({ reason }) => reason))];
  return reasons.map((reason) => {
    const names = complaints.filter((complaint) => complaint.reason === reason).map(({ name }) => name);
    return { name: names.join(", "), reason };
  });
}

function timeRows(programs: readonly ProgramResult[]): string[][] {
  const timed = programs.flatMap(({ name, ours, speed }) =>
    speed === undefined ? [] : [{ name, ours, speed }],
  );
  // Without times it is the right answers that there is to tell.
  if (timed.length === 0) return programs.map(({ name }) => [`right: ${name}`]);
  const others = [...new Set(timed.flatMap(({ speed }) => Object.keys(speed.against)))];
  const head = ["", "median", "range", "rounds", "passes/s", "GFLOP/s", ...others.map((name) => `× ${name}`)];
  return [
    head,
    ...timed.map(({ name, speed }) => [
      name,
      duration(speed.medianMs),
      range(speed),
      String(speed.rounds),
      rounded(speed.passesPerSecond),
      speed.gflops === undefined ? "" : speed.gflops.toFixed(1),
      ...others.map((other) => speed.against[other]?.toFixed(2) ?? ""),
    ]),
  ];
}

/** The least and the greatest time, as shares of the median. */
function range({ medianMs, leastMs, mostMs }: Speed): string {
  const percent = (value: number) =>
    `${value > medianMs ? "+" : ""}${Math.round((value / medianMs - 1) * 100)} %`;
  return `${percent(leastMs)} … ${percent(mostMs)}`;
}

function duration(ms: number): string {
  if (ms >= 1000) return `${(ms / 1000).toPrecision(3)} s`;
  return `${ms.toPrecision(3)} ms`;
}

function rounded(value: number): string {
  if (value >= 1e15) return value.toExponential(2).replace("e+", "e");
  return Number(value.toPrecision(3)).toLocaleString("en-US");
}

export function memoryText(readings: readonly MemoryReading[]): string {
  const lines = readings.map(({ name, bytes, atMostBytes }) => {
    const state = bytes <= atMostBytes ? "met" : "not met";
    return [name, mebibytes(bytes), `goal at most ${mebibytes(atMostBytes)}: ${state}`];
  });
  return ["", "memory  WebAssembly memory of the SDK, a process each", ...table(lines)].join("\n");
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
