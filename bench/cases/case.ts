import type { BenchVariant } from "../thinned/variant.ts";
import type { Answer } from "../work/answer.ts";
import type { Work } from "../work/work.ts";

/** Named work with an answer that is known. */
export interface Case {
  readonly name: string;
  /** What is computed, in a line. */
  readonly title: string;
  readonly goals: readonly Goal[];
  /** Makes the numbers of the case; they are the same on every machine. */
  load(effort: Effort): LoadedCase | Promise<LoadedCase>;
}

/** Whether the work is whole, to be timed, or may be a part of it, for its answer alone. */
export type Effort = "whole" | "brief";

export interface LoadedCase {
  readonly work: Work;
  readonly amount: Amount;
  /** Throws WrongAnswer when the answer is not that of the work. */
  check(answer: Answer): void;
  /** Other work of ours that runs in the same rounds, to compare rates with. */
  readonly yardstick?: Yardstick;
}

/** How much work it is, however a program does it. */
export interface Amount {
  /** Rows times subnetworks. */
  readonly passes: number;
  /** Multiplications of a dense engine that leaves none out; undefined where the work is not made of products. */
  readonly products?: number;
}

export interface Yardstick {
  /** The build of ours that it runs on. */
  readonly variant: BenchVariant;
  readonly name: string;
  readonly of: Case;
}

/** What the SDK on `variant` is to reach: a rate as a multiple of that of another program, or a time. */
export type Goal =
  | { readonly variant: string; readonly against: string; readonly atLeast: number }
  | { readonly variant: string; readonly atMostMs: number }
  /** Against the same program on one thread. */
  | { readonly variant: string; readonly threads: number; readonly speedup: number };
