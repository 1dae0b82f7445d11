import { type InputBatches, InputSource } from "./inputBatches.js";
import type { MCResult } from "./mcResult.js";
import { type PredictMCOptions, type SampleSettings, sampleSettings } from "./monteCarlo.js";
import type { Network } from "./network.js";
import { toBatch } from "./rows.js";
import { sample } from "./sampling.js";
import { checkProgress, checkSignal, type Progress, Schedule } from "./schedule.js";
import { bySelection } from "./selection.js";
import type { Snapshot } from "./snapshot.js";
import type { TensorLike } from "./tensor.js";
import { instanceOf } from "./variant.js";
import type { Instance } from "./wasm/instance.js";

type Result = MCResult | Record<string, MCResult>;

/** Rows are numbered by one word of the generator. */
const MOST_ROWS = 2 ** 32;

/** Yields the statistics of each batch, in order. */
export async function* predictMCBatches(
  network: Network,
  batches: InputBatches,
  options: PredictMCOptions,
): AsyncGenerator<Result, void, undefined> {
  const action = "run predictMCBatches()";
  const settings = sampleSettings(action, network, options);
  const source = new InputSource(action, batches);
  const run = new BatchRun(action, network, settings, options, await instanceOf(settings.variant));
  const room = settings.pool?.threads ?? 1;
  const underWay: Promise<Result>[] = [];
  try {
    for (;;) {
      const [first] = underWay;
      if (first === undefined) {
        const batch = await run.unlessAborted(() => source.next());
        if (batch === undefined) return;
        underWay.push(run.start(batch.value));
        continue;
      }
      // A result that is ready does not wait for a source that is slow; an error of the source waits for the results.
      const next = underWay.length < room ? source.peek() : undefined;
      if (next !== undefined && (await Promise.race([next, settled(first)])) === "ready") {
        const batch = await source.next();
        if (batch !== undefined) underWay.push(run.start(batch.value));
        continue;
      }
      const result = await first;
      underWay.shift();
      yield result;
    }
  } finally {
    run.stop();
    await Promise.allSettled(underWay);
    run.dispose();
    await source.close(run.aborted);
  }
}

/** What the batches of one call have in common. */
class BatchRun {
  readonly #action: string;
  readonly #network: Network;
  readonly #settings: SampleSettings;
  readonly #instance: Instance;
  readonly #snapshot: Snapshot;
  readonly #report: ((progress: Progress) => unknown) | undefined;
  readonly #given: AbortSignal | undefined;
  readonly #signal: Pick<AbortSignal, "aborted" | "reason">;
  #stopped = false;
  #rows = 0;
  #batches = 0;
  #done = 0;

  constructor(
    action: string,
    network: Network,
    settings: SampleSettings,
    options: PredictMCOptions,
    instance: Instance,
  ) {
    const signal = checkSignal(action, options.signal);
    this.#action = action;
    this.#network = network;
    this.#settings = settings;
    this.#instance = instance;
    this.#report = checkProgress(action, options.onProgress);
    this.#given = signal;
    const isStopped = (): boolean => this.#stopped;
    this.#signal = {
      get aborted() {
        return isStopped() || signal?.aborted === true;
      },
      get reason() {
        return signal?.reason;
      },
    };
    this.#refuseAborted();
    this.#snapshot = network.snapshot(action);
  }

  /** Whether the caller has aborted the call. */
  get aborted(): boolean {
    return this.#given?.aborted === true;
  }

  /** Resolves to what is asked for; rejects with AbortError as soon as the call is aborted, since a source may never answer. */
  async unlessAborted<Value>(ask: () => Promise<Value>): Promise<Value> {
    this.#refuseAborted();
    const asked = ask();
    let hear = (): void => undefined;
    const aborted = new Promise<void>((resolve) => {
      hear = resolve;
    });
    this.#given?.addEventListener("abort", hear);
    try {
      await Promise.race([asked, aborted]);
    } finally {
      this.#given?.removeEventListener("abort", hear);
    }
    this.#refuseAborted();
    return asked;
  }

  /** Begins a batch; a rejection waits for its turn. */
  start(x: TensorLike): Promise<Result> {
    const result = this.#run(x);
    result.catch(() => undefined);
    return result;
  }

  /** Ends what is under way. */
  stop(): void {
    this.#stopped = true;
  }

  dispose(): void {
    this.#snapshot.dispose();
  }

  async #run(x: TensorLike): Promise<Result> {
    const { request: settings, pool } = this.#settings;
    const name = `x of batch ${this.#batches++}`;
    const batch = toBatch(this.#action, name, x, this.#network.architecture.inputShape);
    const request = { ...settings, batch, firstRow: this.#rows };
    this.#rows += batch.rows;
    if (this.#rows > MOST_ROWS) {
      throw new RangeError(
        `Cannot ${this.#action}: ${name} ends at row ${this.#rows}, at most 2^32 rows are wanted`,
      );
    }
    let done = 0;
    const schedule = this.#schedule(request.samples * batch.rows, (progress) => {
      this.#done += progress.done - done;
      done = progress.done;
      return this.#report?.({ done: this.#done, total: request.samples * this.#rows });
    });
    const call = { network: this.#network, snapshot: this.#snapshot, instance: this.#instance };
    const results = await sample({ ...call, action: this.#action, request, schedule }, pool);
    await schedule.finish();
    return bySelection(request.selection, results);
  }

  /** Throws AbortError when the signal was aborted, DisposedError when the model was disposed. */
  #refuseAborted(): void {
    this.#schedule(0, undefined);
  }

  #schedule(total: number, onProgress: ((progress: Progress) => unknown) | undefined): Schedule {
    const options = { signal: this.#signal as AbortSignal, onProgress: onProgress as never };
    return new Schedule(this.#action, total, options, () => this.#network.refuseDisposed(this.#action));
  }
}

async function settled(promise: Promise<unknown>): Promise<void> {
  await promise.catch(() => undefined);
}
