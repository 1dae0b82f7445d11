import type { Answer } from "./answer.ts";
import type { Work } from "./work.ts";

/** Something that computes one piece of work, ready to start. */
export interface Program {
  /** What the report calls it. */
  readonly name: string;
  /** Of a program that shares the work over threads: the name of the one that does not. */
  readonly alone?: string;
  /** Does the work once. The time leaves out what a user does once for many calls: loading, compiling, setting weights. */
  run(): Promise<Run>;
  close(): Promise<void> | void;
}

export interface Run {
  readonly answer: Answer;
  readonly timeMs: number;
}

/** How a library does each kind of work that it can do. */
export type Programs = {
  readonly [Kind in Work["kind"]]?: (work: Extract<Work, { kind: Kind }>) => Promise<readonly Program[]>;
};

/** Returns the programs for the work; none when the library cannot do it. */
export async function programsFor(programs: Programs, work: Work): Promise<readonly Program[]> {
  const prepare = programs[work.kind] as ((work: Work) => Promise<readonly Program[]>) | undefined;
  return prepare === undefined ? [] : prepare(work);
}

/** Does the work and measures how long it takes. */
export async function timed(work: () => Answer | Promise<Answer>): Promise<Run> {
  const start = performance.now();
  const answer = await work();
  return { answer, timeMs: performance.now() - start };
}
