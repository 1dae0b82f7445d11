import { DisposedError } from "../errors.js";
import { Call } from "./call.js";
import { type Assignment, Member } from "./member.js";
import { type StartThread, threadStarter } from "./thread.js";
import type { Work } from "./work.js";

/** A task that has cost so many workers costs no more. */
const MOST_LOST = 3;

/** The workers of a pool, and the calls that they work for. */
export class Crew {
  readonly #size: number;
  readonly #threadStarter: () => Promise<StartThread>;
  readonly #members = new Set<Member>();
  /** The one served last at the end. */
  readonly #calls = new Set<Call>();
  #startThread: StartThread | undefined;
  #disposed = false;

  constructor(size: number, starter: () => Promise<StartThread> = threadStarter) {
    this.#size = size;
    this.#threadStarter = starter;
  }

  get size(): number {
    return this.#size;
  }

  /** Throws DisposedError after `dispose()`. */
  refuseDisposed(action: string): void {
    if (!this.#disposed) return;
    throw new DisposedError(`Cannot ${action}: the pool was disposed; create another`);
  }

  /** Begins a call; `end()` has to follow. */
  async begin(work: Work): Promise<Call> {
    this.#startThread ??= await this.#threadStarter();
    this.refuseDisposed(work.action);
    const call = new Call(work);
    this.#calls.add(call);
    this.#assign();
    return call;
  }

  /** Ends a call, and calls off what is still under way for it. */
  end(call: Call): void {
    this.#calls.delete(call);
    for (const member of this.#members) member.cancel(call);
    call.close();
  }

  /** Ends all workers; calls under way reject with DisposedError. */
  async dispose(): Promise<void> {
    this.#disposed = true;
    for (const call of this.#calls) {
      call.fail(new DisposedError(`Cannot ${call.work.action}: the pool was disposed meanwhile`));
    }
    const members = [...this.#members];
    this.#members.clear();
    await Promise.all(members.map((member) => member.terminate()));
  }

  /** Gives every free worker something to do, and starts the workers that are missing as long as there is more. */
  #assign(): void {
    while (!this.#disposed) {
      const member = this.#taker();
      const assignment = member === undefined ? undefined : this.#next();
      if (member === undefined || assignment === undefined) return;
      this.#give(assignment, member);
    }
  }

  /** Returns a worker that can take a task: one without any, a new one, or, where nobody else wants it, one that has one yet to do. */
  #taker(): Member | "new" | undefined {
    const withLoad = (load: number): Member | undefined =>
      [...this.#members].find((member) => member.load === load);
    const free = withLoad(0);
    if (free !== undefined) return free;
    if (this.#members.size < this.#size) return "new";
    const [call, other] = this.#calls;
    return call?.work.ahead && other === undefined ? withLoad(1) : undefined;
  }

  #give(assignment: Assignment, taker: Member | "new"): void {
    const { call } = assignment;
    try {
      const member = taker === "new" ? this.#started() : taker;
      call.active++;
      member.assign(assignment);
    } catch (cause) {
      call.fail(
        new Error(`Cannot ${call.work.action}: a worker could not be given its work (${String(cause)})`, {
          cause,
        }),
      );
    }
  }

  #started(): Member {
    const free = (): void => this.#assign();
    const lost = (member: Member, [current, ...waiting]: readonly Assignment[], reason: string): void => {
      this.#members.delete(member);
      for (const assignment of waiting) this.#takeBack(assignment);
      if (current !== undefined) this.#redo(current, reason);
      this.#assign();
    };
    const member = new Member(this.#startThread as StartThread, { free, lost });
    this.#members.add(member);
    return member;
  }

  #takeBack(assignment: Assignment): void {
    assignment.call.active--;
    assignment.call.repeat(assignment);
  }

  #redo(assignment: Assignment, reason: string): void {
    const { call } = assignment;
    assignment.lost++;
    if (assignment.lost < MOST_LOST) {
      this.#takeBack(assignment);
      return;
    }
    call.active--;
    call.fail(
      new Error(
        `Cannot ${call.work.action}: ${MOST_LOST} workers have ended over the same part of the work, the last because: ${reason}; ` +
          "smaller batches or fewer threads may be wanted, or worker-src blob: in the content security policy of the page",
      ),
    );
  }

  /** Returns a task of the call that has the fewest under way; of several such calls, of the one served longest ago. */
  #next(): Assignment | undefined {
    const inTurn = [...this.#calls].sort((a, b) => a.active - b.active);
    for (const call of inTurn) {
      if (call.active >= (call.work.mostWorkers ?? Infinity)) continue;
      const assignment = takeNext(call);
      if (assignment === undefined) continue;
      this.#calls.delete(call);
      this.#calls.add(call);
      return assignment;
    }
    return undefined;
  }
}

/** Returns the next task of a call; an error in making it is the end of the call. */
function takeNext(call: Call): Assignment | undefined {
  try {
    return call.next();
  } catch (error) {
    call.fail(error);
    return undefined;
  }
}
