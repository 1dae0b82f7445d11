import { architectureToJson } from "./architectureJson.js";
import { finite, printed } from "./argument.js";
import type { ExactRequest } from "./enumeration.js";
import { FormatError } from "./errors.js";
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

const FORMAT = "thinned checkpoint 1";
const INTERVAL_MS = 10_000;

/** What tells one request from another, in the words of an error message. */
type Identity = Readonly<Record<string, string>>;

/** Keeps the results of tasks in a checkpoint, and leaves out tasks whose results are there. */
export class Recorder {
  readonly #checkpoint: ExactCheckpoint;
  readonly #identity: Identity;
  readonly #done: Map<number, Values>;
  #written = performance.now();
  #isNew = false;

  private constructor(checkpoint: ExactCheckpoint, identity: Identity, done: Map<number, Values>) {
    this.#checkpoint = checkpoint;
    this.#identity = identity;
    this.#done = done;
  }

  /** Reads a checkpoint, and refuses one of another request. */
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
    return new Recorder(
      checkpoint,
      identity,
      bytes === undefined ? new Map() : decode(action, bytes, identity),
    );
  }

  /** Yields the tasks that are not done; `add` counts those that are. */
  *resume(tasks: Iterable<Task>, add: (units: number) => void): Generator<Task> {
    let index = 0;
    for (const task of tasks) {
      const place = index++;
      const known = this.#done.get(place);
      if (known !== undefined) {
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
    const done = [...this.#done].map(([index, values]) => [index, encodeValues(values)]);
    const text = JSON.stringify({ format: FORMAT, identity: this.#identity, done });
    await this.#checkpoint.write(new TextEncoder().encode(text));
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

function decode(action: string, bytes: unknown, wanted: Identity): Map<number, Values> {
  const source = "the bytes that exact() wrote are wanted";
  if (!ArrayBuffer.isView(bytes)) {
    throw new TypeError(`Cannot ${action}: checkpoint.read() gave ${printed(bytes)}, ${source}`);
  }
  const { identity, done } = parse(
    `${action}: checkpoint.read() gave ${bytes.byteLength} bytes`,
    bytes,
    source,
  );
  const others = Object.keys(wanted).filter((name) => identity[name] !== wanted[name]);
  if (others.length > 0) {
    throw new RangeError(
      `Cannot ${action}: the checkpoint is of another request, which differs in ${others.join(", ")}; ` +
        "the same request is wanted, or a checkpoint that nothing was written to",
    );
  }
  return done;
}

interface Parsed {
  readonly identity: Record<string, unknown>;
  readonly done: Map<number, Values>;
}

function parse(what: string, bytes: ArrayBufferView, wanted: string): Parsed {
  try {
    const { format, identity, done } = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
    if (format !== FORMAT || !isRecord(identity)) throw new TypeError(`its format is ${printed(format)}`);
    const entries = done as [number, Record<string, string>][];
    return { identity, done: new Map(entries.map(([index, values]) => [index, decodeValues(values)])) };
  } catch (cause) {
    throw new FormatError(`Cannot ${what} that are no checkpoint (${String(cause)}); ${wanted}`, { cause });
  }
}

function encodeValues(values: Values): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, numbers]) => {
      // Base64 of the bytes: JSON would lose the sign of a zero, and NaN.
      const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
      return [name, btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))];
    }),
  );
}

function decodeValues(values: Record<string, string>): Values {
  return Object.fromEntries(
    Object.entries(values).map(([name, text]) => {
      const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
      return [name, new Float64Array(bytes.buffer)];
    }),
  );
}
