import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { Run } from "../../work/program.ts";
import { NotCompared } from "../peer.ts";
import { ByteStream } from "./byteStream.ts";

/** Named float32 numbers with their shape. */
export type NamedArray = readonly [name: string, data: Float32Array, shape: readonly number[]];

type Child = ChildProcessByStdio<Writable, Readable, null>;

interface Header {
  readonly version?: string;
  readonly python?: string;
  readonly timeMs?: number;
  readonly arrays: readonly (readonly [name: string, shape: readonly number[]])[];
}

/** For whichever BLAS numpy was built with. */
const oneThread = {
  OPENBLAS_NUM_THREADS: "1",
  OMP_NUM_THREADS: "1",
  MKL_NUM_THREADS: "1",
  BLIS_NUM_THREADS: "1",
};

/** glibc gives large arrays back at once and gets them anew, page by page: kept, numpy takes half the time on W8. */
const keptMemory = { MALLOC_MMAP_THRESHOLD_: "2000000000", MALLOC_TRIM_THRESHOLD_: "4000000000" };

/** Starts `python3`; throws NotCompared when there is none, or it has no numpy. */
export async function startWorker(): Promise<NumpyWorker> {
  const script = fileURLToPath(new URL("worker.py", import.meta.url));
  const env = { ...process.env, ...oneThread, ...keptMemory, PYTHONDONTWRITEBYTECODE: "1" };
  const child = spawn("python3", [script], { env, stdio: ["pipe", "pipe", "ignore"] });
  const failed = once(child, "error").then(() => {
    throw new NotCompared("there is no python3");
  });
  const worker = new NumpyWorker(child);
  await Promise.race([worker.started(), failed]);
  return worker;
}

/** A Python process that computes one piece of work at a time. */
export class NumpyWorker {
  readonly #child: Child;
  readonly #replies: ByteStream;
  version = "";

  constructor(child: Child) {
    this.#child = child;
    this.#replies = new ByteStream(child.stdout);
  }

  async started(): Promise<void> {
    const header = await this.#header().catch(() => {
      throw new NotCompared("python3 has no numpy");
    });
    this.version = `numpy ${header.version}, Python ${header.python}`;
  }

  /** Makes the work ready for `run()`. */
  async prepare(request: object, arrays: readonly NamedArray[]): Promise<void> {
    this.#send({ ...request, arrays: arrays.map(([name, , shape]) => [name, shape]) });
    for (const [, { buffer, byteOffset, byteLength }] of arrays) {
      this.#child.stdin.write(new Uint8Array(buffer, byteOffset, byteLength));
    }
    await this.#header();
  }

  /** Does the prepared work. */
  async run(): Promise<Run> {
    this.#send({ kind: "run" });
    const { timeMs = Number.NaN, arrays } = await this.#header();
    const answer: Record<string, Float64Array> = {};
    for (const [name, shape] of arrays) {
      const length = shape.reduce((product, size) => product * size, 1);
      answer[name] = new Float64Array(await this.#replies.bytes(8 * length));
    }
    return { answer, timeMs };
  }

  close(): void {
    this.#child.stdin.end();
  }

  #send(header: object): void {
    this.#child.stdin.write(`${JSON.stringify(header)}\n`);
  }

  async #header(): Promise<Header> {
    return JSON.parse(await this.#replies.line());
  }
}
