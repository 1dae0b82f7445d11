import { architectureToJson } from "./architectureJson.js";
import { finite, printed } from "./argument.js";
import type { ExactRequest } from "./enumeration.js";
import { FormatError } from "./errors.js";
import { decodeCheckpoint, encodeCheckpoint, type Identity } from "./exactCheckpointFormat.js";
import type { Values } from "./exactPart.js";
import { fingerprint } from "./fingerprint.js";
import { isRecord } from "./json.js";
import type { Task } from "./pool/work.js";
import type { Snapshot } from "./snapshot.js";

/** Where a long enumeration keeps what it has done, so that a later call can go on from there: a file, a database, an array. */
export interface ExactCheckpoint {
  /** Returns what was written last, or undefined when nothing was. */
  read(): Uint8Array | undefined | Promise<Uint8Array | undefined>;
  /** Keeps the bytes, which replace those written before. */
  write(bytes: Uint8Array<ArrayBuffer>): void | Promise<void>;
  /** Milliseconds between two writes while the call is under way, at least 0; default 10,000. */
  readonly intervalMs?: number | undefined;
}

const INTERVAL_MS = 10_000;

/** Keeps the results of tasks in a checkpoint, and leaves out tasks whose results are there. */
export class Recorder {
  readonly #action: string;
  readonly #checkpoint: ExactCheckpoint;
  readonly #identity: Identity;
  readonly #done: Map<number, Values>;
  #written = performance.now();
  #isNew = false;

  private constructor(
    action: string,
    checkpoint: ExactCheckpoint,
    identity: Identity,
    done: Map<number, Values>,
  ) {
    this.#action = action;
    this.#checkpoint = checkpoint;
    this.#identity = identity;
    this.#done = done;
  }

  /**
   * Reads a checkpoint.
   *
   * @throws FormatError when it is not what was written
   * @throws RangeError when it is of another request
   */
  static async open(
    action: string,
    checkpoint: ExactCheckpoint,
    snapshot: Snapshot,
    request: ExactRequest,
    details: readonly string[],
  ): Promise<Recorder> {
    const { simd128 } = await import("./wasm/simd128.js");
    const identity = {
      ...identityOf(action, snapshot, request, simd128.packed),
      "moments or conditional": JSON.stringify(details),
    };
    const bytes: unknown = await checkpoint.read();
    if (bytes === undefined) return new Recorder(action, checkpoint, identity, new Map());
    const found = decodeCheckpoint(action, bytes);
    refuseOther(action, found.identity, identity);
    return new Recorder(action, checkpoint, identity, found.done);
  }

  /**
   * Yields the tasks that are not done; `add` counts those that are.
   *
   * @throws FormatError when there are no tasks for some of the results
   */
  *resume(tasks: Iterable<Task>, add: (units: number) => void): Generator<Task> {
    const kept = this.#done.size;
    let taken = 0;
    let index = 0;
    for (const task of tasks) {
      const place = index++;
      const known = this.#done.get(place);
      if (known !== undefined) {
        taken++;
        task.done(known as never);
        add(task.units);
        continue;
      }
      yield {
        ...task,
        done: (output) => {
          // Before the task takes its result, which may change what it is given.
          this.#done.set(place, output as Values);
          this.#isNew = true;
          task.done(output);
        },
      };
    }
    if (taken === kept) return;
    throw new FormatError(
      `Cannot ${this.#action}: the checkpoint has the results of ${kept} tasks, and only ${taken} of them ` +
        `among the ${index} of this request; results of these alone are wanted`,
    );
  }

  /** Writes when it is time to. */
  async tick(): Promise<void> {
    const { intervalMs = INTERVAL_MS } = this.#checkpoint;
    if (performance.now() - this.#written >= intervalMs) await this.write();
  }

  /** Writes what is new. */
  async write(): Promise<void> {
    if (!this.#isNew) return;
    this.#isNew = false;
    await this.#checkpoint.write(encodeCheckpoint({ identity: this.#identity, done: this.#done }));
    this.#written = performance.now();
  }
}

/** Returns the checked option `checkpoint`. */
export function checkCheckpoint(action: string, checkpoint: unknown): ExactCheckpoint | undefined {
  if (checkpoint === undefined) return undefined;
  const { read, write, intervalMs } = (isRecord(checkpoint) ? checkpoint : {}) as Record<string, unknown>;
  if (typeof read !== "function" || typeof write !== "function") {
    throw new TypeError(
      `Cannot ${action}: checkpoint is ${printed(checkpoint)}, an object with functions read and write is wanted`,
    );
  }
  if (intervalMs !== undefined) {
    finite(action, "checkpoint.intervalMs", intervalMs, "of at least 0", (value) => value >= 0);
  }
  return checkpoint as ExactCheckpoint;
}

function identityOf(
  action: string,
  snapshot: Snapshot,
  { batch, selection, unit, plans }: ExactRequest,
  build: string,
): Identity {
  return {
    "the layers of the network": fingerprint([
      new TextEncoder().encode(architectureToJson(snapshot.architecture)),
    ]),
    "the weights": fingerprint(snapshot.weights(action)),
    x: fingerprint([batch.data, Uint32Array.from(batch.shape)]),
    "layer or unit": JSON.stringify([selection.layers.map(({ name }) => name), unit ?? null]),
    "the method": JSON.stringify(plans.map(({ method }) => method)),
    "the build of thinned": fingerprint([new TextEncoder().encode(build)]),
  };
}

/** Refuses the checkpoint of another request. */
function refuseOther(action: string, identity: Identity, wanted: Identity): void {
  const others = Object.keys(wanted).filter((name) => identity[name] !== wanted[name]);
  if (others.length === 0) return;
  throw new RangeError(
    `Cannot ${action}: the checkpoint is of another request, which differs in ${others.join(", ")}; ` +
      "the same request is wanted, or a checkpoint that nothing was written to",
  );
}
