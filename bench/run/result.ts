import type { Timing } from "../measure/spread.ts";

/** What one case gave. */
export interface CaseResult {
  readonly name: string;
  readonly title: string;
  /** Programs whose answer is right. */
  readonly programs: readonly ProgramResult[];
  /** Programs of ours whose answer is wrong, or that failed. */
  readonly failures: readonly Complaint[];
  /** Peers that there is no time of, and why. */
  readonly notCompared: readonly Complaint[];
  readonly goals: readonly GoalResult[];
}

export interface ProgramResult {
  readonly name: string;
  readonly ours: boolean;
  /** Not there when only the answer was asked for. */
  readonly speed?: Speed;
}

export interface Speed extends Timing {
  readonly passesPerSecond: number;
  /** Of a dense engine that leaves no product out; not there where the work is not made of products. */
  readonly gflops?: number;
  /** Of ours only: the median, over the rounds, of its rate divided by that of each other program, and of ours on one thread. */
  readonly against: Readonly<Record<string, number>>;
}

export interface Complaint {
  readonly name: string;
  readonly reason: string;
}

export interface GoalResult {
  readonly goal: string;
  /** What was measured, with its unit; undefined when nothing was. */
  readonly measured?: string;
  readonly state: "met" | "not met" | "not compared";
}
