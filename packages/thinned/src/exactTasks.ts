import type { ExactCall } from "./enumeration.js";
import { type ExactPart, type ExactWork, startPart, type Values, valuesOf } from "./exactPart.js";
import { type Task, task } from "./pool/work.js";
import type { Handle } from "./wasm/handle.js";
import type { Instance } from "./wasm/instance.js";
import { type RowCost, rowChunks } from "./wasm/memory.js";

/** What one task should take, by the estimate of the plan: long against the 0.2 ms of a message. */
const TASK_SECONDS = 0.03;

/** An enumeration for one row that is larger than this is cut into tasks of at most so many evaluations and seconds. */
const MOST_EVALUATIONS = 2 ** 26;
const TASK_EVALUATIONS = 2 ** 25;
const BLOCKS_SECONDS = 0.5;

/** Towards its end the tasks of an enumeration get shorter, so that no worker waits long for the last one: an eighth of what is left. */
const SHARE_OF_REST = 1 / 8;

/** Work on all rows that goes together: the layers of a walk, or what is computed beside one of them. */
export interface ExactJob {
  readonly cost: RowCost;
  readonly evaluationsPerRow: number;
  readonly secondsPerRow: number;
  /** Whether it goes through masks, in blocks that others can compute. */
  readonly isEnumeration: boolean;
  /** Returns how many parts a row has that can be computed apart. */
  parts(): number;
  part(x: Float32Array, rows: number, parts: readonly [number, number] | undefined): ExactPart;
  /** Takes what was found for that many rows from `firstRow` on. */
  place(values: Values, firstRow: number, rows: number): void;
}

/** A call whose work is done in tasks. */
export interface TaskCall extends ExactCall {
  readonly instance: Instance;
  /** Runs that wait for results of others. */
  readonly open: Set<Handle<ExactWork>>;
}

/**
 * Yields work in tasks. Where it is cut depends on the plan alone, never on the number of workers, so that a checkpoint of one call
 * is good for another with other workers.
 */
export function* exactTasks(call: TaskCall, job: ExactJob): Generator<Task> {
  const { batch } = call.request;
  const { cost, evaluationsPerRow, secondsPerRow } = job;
  const parts = job.parts();
  const evaluations = evaluationsPerRow / parts;
  const isCut = job.isEnumeration && evaluations > MOST_EVALUATIONS;
  const seconds = secondsPerRow / parts;
  const together = isCut ? 1 : Math.min(parts, Math.max(1, Math.floor(TASK_SECONDS / seconds)));
  const rowsTogether = together < parts || isCut ? 1 : Math.max(1, Math.floor(TASK_SECONDS / secondsPerRow));
  for (const { x, rows, first } of rowChunks(batch.data, batch.rows, cost, rowsTogether)) {
    const place = (values: Values): void => job.place(values, first, rows);
    for (let part = 0; part < parts; part += together) {
      const end = Math.min(part + together, parts);
      const piece = job.part(x, rows, [part, end]);
      if (isCut) yield* blockTasks(call, piece, { evaluations, seconds }, place);
      else yield partTask(piece, evaluations * rows * (end - part), place);
    }
  }
}

function partTask(part: ExactPart, units: number, done: (values: Values) => void): Task {
  return task({
    name: "exact",
    units,
    input: () => {
      const own = withOwnRows(part);
      return { input: own, transfer: [own.x.buffer] };
    },
    done,
  });
}

let enumerations = 0;

/** Yields an enumeration in blocks, which a run of the owner adds up in their order. */
function* blockTasks(
  { action, snapshot, instance, open }: TaskCall,
  part: ExactPart,
  { evaluations, seconds }: { readonly evaluations: number; readonly seconds: number },
  place: (values: Values) => void,
): Generator<Task> {
  const run = startPart(instance, snapshot.inside(instance, action), part);
  open.add(run);
  const work = run.get(action);
  const key = `enumeration ${++enumerations}`;
  const blocks = instance.run(() => {
    const count = work.blocks();
    work.restrict(0, 0);
    return count;
  });
  const tasks = Math.max(evaluations / TASK_EVALUATIONS, seconds / BLOCKS_SECONDS);
  const most = blocks / tasks;
  let missing = blocks;
  for (let first = 0, end = 0; first < blocks; first = end) {
    const together = Math.max(most * SHARE_OF_REST, Math.min(most, (blocks - first) * SHARE_OF_REST));
    end = Math.min(first + Math.max(1, Math.floor(together)), blocks);
    yield task({
      name: "blocks",
      units: evaluations * ((end - first) / blocks),
      input: () => {
        const own = withOwnRows(part);
        return { input: { part: own, key, first, end }, transfer: [own.x.buffer] };
      },
      done: ({ sums }) => {
        instance.run(() => work.accept(first, sums as Float64Array));
        missing -= end - first;
        if (missing > 0) return;
        instance.run(() => work.step(1));
        place(valuesOf(action, run, part));
        run.dispose();
        open.delete(run);
      },
    });
  }
}

/** Returns the part with a copy of its rows, which may move to a worker. */
function withOwnRows<Part extends ExactPart>(part: Part): Part & { readonly x: Float32Array<ArrayBuffer> } {
  return { ...part, x: part.x.slice() };
}
