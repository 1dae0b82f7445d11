import type { Assignment } from "./member.js";
import type { Work } from "./work.js";

/** A call that a crew works for: its tasks, those that have to be done again first. */
export class Call {
  readonly work: Work;
  /** Resolves when every task is done, rejects when one has failed or the call cannot go on. */
  readonly finished: Promise<void>;
  /** Tasks that workers are at. */
  active = 0;
  readonly #again: Assignment[] = [];
  #exhausted = false;
  #tell: () => void = () => undefined;
  #settled = false;
  readonly #resolve: () => void;
  readonly #reject: (error: unknown) => void;

  constructor(work: Work) {
    this.work = work;
    let [resolve, reject]: [() => void, (error: unknown) => void] = [() => undefined, () => undefined];
    this.finished = new Promise((onResolve, onReject) => {
      [resolve, reject] = [onResolve, onReject];
    });
    // Who made the call looks at it later; a rejection before that is no unhandled one.
    this.finished.catch(() => undefined);
    [this.#resolve, this.#reject] = [resolve, reject];
  }

  /** Returns the next task for a worker, or undefined when there is none to give out. */
  next(): Assignment | undefined {
    if (this.#settled) return undefined;
    const again = this.#again.pop();
    if (again !== undefined) return again;
    if (this.#exhausted) return undefined;
    const { done, value } = this.work.tasks.next();
    if (!done) return { call: this, task: value, lost: 0, counted: 0 };
    this.#exhausted = true;
    this.#settleIfDone();
    return undefined;
  }

  /** Resolves when a task is done after this, or when all are; rejects when the call cannot go on. */
  changed(): Promise<void> {
    const change = new Promise<void>((resolve) => {
      this.#tell = resolve;
    });
    return Promise.race([change, this.finished]);
  }

  /** Puts a task back whose worker was lost. */
  repeat(assignment: Assignment): void {
    this.count(assignment, 0);
    this.#again.push(assignment);
  }

  /** Notes how much of a task is done. */
  count(assignment: Assignment, done: number): void {
    if (this.#settled) return;
    this.work.add(done - assignment.counted);
    assignment.counted = done;
  }

  /** Takes the result of a task. */
  take(assignment: Assignment, place: () => void): void {
    this.active--;
    if (this.#settled) return;
    try {
      place();
    } catch (error) {
      this.fail(error);
      return;
    }
    this.count(assignment, assignment.task.units);
    this.#tell();
    this.#settleIfDone();
  }

  #settleIfDone(): void {
    if (!this.#exhausted || this.active > 0 || this.#again.length > 0) return;
    this.#settled = true;
    this.#resolve();
  }

  /** Ends the call: what comes of it later goes nowhere. */
  close(): void {
    // An error costs as much as a message, and a fit has a call for each of its steps.
    if (!this.#settled) this.fail(new Error("the call has ended"));
  }

  /** Ends the call with an error; what workers still do for it is of no use. */
  fail(error: unknown): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#reject(error);
  }
}
