/// <reference lib="esnext.disposable" preserve="true" />
import { integer, onlyOptions, printed } from "./argument.js";
import { Crew } from "./pool/crew.js";
import { availableCores, hasThreads } from "./pool/thread.js";
import type { Work } from "./pool/work.js";
import { type Schedule, SLICE_MS, turnOfEventLoop } from "./schedule.js";

/** More workers than this are refused: each takes tens of megabytes. */
const MOST_THREADS = 1024;

/** The options of {@link createPool}. */
export interface PoolOptions {
  /** How many workers, an integer of at least 1; default one for each core that is available. */
  readonly threads?: number | undefined;
}

/**
 * Workers that share the work of long calls: what `createPool()` returns.
 *
 * Results have the same bits with any number of workers, and without a pool. Several calls, of several models, may use a
 * pool at once, and share it evenly. Workers start when there is work for them; an idle pool keeps no Node process alive.
 */
export class Pool {
  readonly #crew: Crew;

  /** @internal */
  constructor(crew: Crew) {
    this.#crew = crew;
  }

  /** How many workers there are at most. */
  get threads(): number {
    return this.#crew.size;
  }

  /** Ends the workers; calls under way and later ones reject with DisposedError. A second call does nothing. */
  dispose(): Promise<void> {
    return this.#crew.dispose();
  }

  /** The same as `dispose()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  /** @internal */
  get crew(): Crew {
    return this.#crew;
  }
}

/**
 * Returns a pool of workers, for the option `pool` of `predictMC()`, `predictMCBatches()`, `predictiveLogLikelihood()`,
 * `exact()`, `crossCheck()` and `fit()`.
 *
 * Workers are `worker_threads` in Node (20.16 or newer) and Web Workers in browsers, where a content security policy has to allow
 * `worker-src blob:`. They share no memory: each gets the compiled module, and the weights once for each of their versions.
 *
 * @throws RangeError when `threads` is out of range
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { createPool, dense, dropout, sequential } from "thinned";
 *
 * const model = sequential([dropout(0.5), dense(3)], { inputShape: [4], seed: 1 });
 * const x = Array.from({ length: 500 }, (_, i) => [i, 1, 2, 3]);
 * const pool = createPool({ threads: 2 });
 * const shared = await model.predictMC(x, { samples: 200, pool });
 * const alone = await model.predictMC(x, { samples: 200 });
 * assert.deepEqual(shared.mean, alone.mean);
 * await pool.dispose();
 * ```
 */
export function createPool(options: PoolOptions = {}): Pool {
  const action = "create a pool";
  onlyOptions(action, options, ["threads"]);
  const { threads = defaultThreads(action) } = options;
  integer(action, "threads", threads, 1, MOST_THREADS);
  if (!hasThreads()) {
    throw new Error(
      `Cannot ${action}: this host has neither Web Workers nor the worker_threads of Node 20.16 or newer; calls without a pool work here`,
    );
  }
  return new Pool(new Crew(threads));
}

function defaultThreads(action: string): number {
  const cores = availableCores();
  if (cores !== undefined) return Math.min(cores, MOST_THREADS);
  throw new RangeError(
    `Cannot ${action}: this host does not tell how many cores it has, the option threads is wanted`,
  );
}

/** Returns the checked pool of a call, or undefined when it has none. */
export function checkPool(action: string, pool: unknown): Pool | undefined {
  if (pool === undefined) return undefined;
  if (!(pool instanceof Pool)) {
    throw new TypeError(`Cannot ${action}: pool is ${printed(pool)}, what createPool() returns is wanted`);
  }
  pool.crew.refuseDisposed(action);
  return pool;
}

/** Resolves when the workers of `pool` have done all of `work`; `schedule` reports, and looks at the signal, meanwhile. */
export async function share(pool: Pool, work: Work, schedule: Schedule): Promise<void> {
  const call = await pool.crew.begin(work);
  try {
    while (!(await within(SLICE_MS, call.finished))) await schedule.next();
  } finally {
    pool.crew.end(call);
  }
}

/** What the thread of the caller does of a call itself. */
export interface OwnPart {
  /** Whether the work of all is done. */
  readonly done: boolean;
  /** Whether only workers have anything left to do. */
  readonly waits: boolean;
  /** Does a slice. */
  step(): void;
  /** Does something useful; called each time before it waits for workers. */
  idle(): void;
}

/** Resolves when `own` and the workers of `pool` have done all of `work`. */
export async function shareWithCaller(
  pool: Pool,
  work: Work,
  own: OwnPart,
  schedule: Schedule,
): Promise<void> {
  const call = await pool.crew.begin(work);
  try {
    while (!own.done) {
      if (!own.waits) {
        own.step();
        // Workers that have finished meanwhile are heard, and given more.
        if (schedule.over) await schedule.next();
        else if (call.active > 0) await turnOfEventLoop();
        continue;
      }
      const changed = call.changed();
      own.idle();
      if (!(await within(SLICE_MS, changed))) await schedule.next();
    }
  } finally {
    pool.crew.end(call);
  }
}

/** Resolves to whether `promise` resolves in that time. The timer is also what keeps a Node process alive for it. */
async function within(timeMs: number, promise: Promise<void>): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, timeMs, false);
  });
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
