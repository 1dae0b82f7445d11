import { ShapeError } from "../errors.js";
import type { Call } from "./call.js";
import type { PlainError, Reply } from "./protocol.js";
import type { StartThread, Thread } from "./thread.js";
import type { Task } from "./work.js";

/** Networks that a worker keeps beside the one it works for: so much memory stays taken between calls. */
const KEPT_NETWORKS = 4;

/** A task that waits, or is under way. */
export interface Assignment {
  readonly call: Call;
  readonly task: Task;
  /** Workers that have ended over it. */
  lost: number;
  /** What of its units is counted already. */
  counted: number;
}

/** What a member tells its crew. */
export interface Owner {
  /** The member has finished something. */
  free(member: Member): void;
  /** The worker has ended: what it was at, if anything, and what was waiting for it. */
  lost(member: Member, assignments: readonly Assignment[], reason: string): void;
}

/** One worker of a crew: what it has been told already, and what it is at. */
export class Member {
  readonly #thread: Thread;
  readonly #owner: Owner;
  readonly #modules = new Set<string>();
  /** The versions of the weights by key, the network used last at the end. */
  readonly #networks = new Map<string, number>();
  #jobs = 0;
  /** What it has to do, by the number of the job, in that order. */
  readonly #assignments = new Map<number, Assignment>();
  #ended = false;

  constructor(start: StartThread, owner: Owner) {
    this.#owner = owner;
    this.#thread = start({
      reply: (reply) => this.#hear(reply),
      ended: (reason) => this.#end(reason),
    });
  }

  /** How many assignments it has. */
  get load(): number {
    return this.#assignments.size;
  }

  /** Gives it something to do. */
  assign(assignment: Assignment): void {
    const { call, task } = assignment;
    const { instance, network } = call.work;
    this.#introduce(call);
    const { input, transfer } = task.input();
    this.#assignments.set(++this.#jobs, assignment);
    const job = { id: this.#jobs, artefact: instance.name, network: network.key, name: task.name, input };
    this.#thread.post({ kind: "job", ...job }, transfer);
  }

  /** Calls off what it does for `call`; it is free once it has noticed. */
  cancel(call: Call): void {
    for (const [id, assignment] of this.#assignments) {
      if (assignment.call === call) this.#thread.post({ kind: "cancel", id }, []);
    }
  }

  /** Ends the worker. */
  terminate(): Promise<void> {
    this.#ended = true;
    return this.#thread.terminate();
  }

  /** Sends the module and the weights that a call needs, unless the worker has them. */
  #introduce({ work: { instance, network } }: Call): void {
    if (!this.#modules.has(instance.name)) {
      this.#thread.post({ kind: "module", artefact: instance.name, module: instance.module }, []);
      this.#modules.add(instance.name);
    }
    const { key, version } = network;
    const known = this.#networks.get(key);
    if (known !== version) {
      const weights = network.weights();
      const buffers = [...new Set(weights.map(({ buffer }) => buffer))];
      const order =
        known === undefined
          ? { kind: "network" as const, architecture: network.architecture() }
          : { kind: "weights" as const };
      this.#thread.post({ ...order, key, weights }, buffers);
    }
    this.#networks.delete(key);
    this.#networks.set(key, version);
    const [oldest = ""] = this.#networks.keys();
    if (this.#networks.size <= KEPT_NETWORKS) return;
    this.#thread.post({ kind: "forget", key: oldest }, []);
    this.#networks.delete(oldest);
  }

  #hear(reply: Reply): void {
    const assignment = this.#assignments.get(reply.id);
    if (this.#ended || assignment === undefined) return;
    const { call, task } = assignment;
    switch (reply.kind) {
      case "progress":
        call.count(assignment, reply.done);
        return;
      case "done":
        this.#assignments.delete(reply.id);
        call.take(assignment, () => task.done(reply.output));
        break;
      case "failed":
        if (reply.trapped) {
          this.#end(reply.error.message);
          return;
        }
        this.#assignments.delete(reply.id);
        call.fail(restored(reply.error));
    }
    this.#owner.free(this);
  }

  #end(reason: string): void {
    if (this.#ended) return;
    void this.terminate();
    this.#owner.lost(this, [...this.#assignments.values()], reason);
  }
}

/** Returns an error with the class that it had in the worker. */
function restored({ name, message }: PlainError): Error {
  if (name === "ShapeError") return new ShapeError(message);
  if (name === "RangeError") return new RangeError(message);
  if (name === "TypeError") return new TypeError(message);
  return new Error(message);
}
