import type { LayerCall } from "./enumeration.js";
import { type ExactPart, startPart, type Values, valuesOf } from "./exactPart.js";
import type { ExactMethod } from "./exactPlan.js";
import type { Statistics } from "./exactResult.js";
import { type Task, task } from "./pool/work.js";
import { rowChunks } from "./wasm/memory.js";

/** What one task should take, by the estimate of the plan: long against the 0.2 ms of a message. */
const TASK_SECONDS = 0.03;

/** An enumeration for one row, of one unit or of a group of them, that is larger than this is cut into tasks of `TASK_EVALUATIONS`. */
const MOST_EVALUATIONS = 2 ** 26;
const TASK_EVALUATIONS = 2 ** 25;

/** Methods with enumerations that can be cut. */
const withBlocks: readonly ExactMethod[] = ["split", "nested"];

/**
 * Yields the work of a layer in tasks. Where they are cut depends on the plan alone, never on the number of workers, so that
 * a checkpoint of one call is good for another with other workers.
 */
export function* exactTasks(call: LayerCall, statistics: Statistics): Generator<Task> {
  const { action, request, layer, plan, cost, snapshot, instance } = call;
  const { batch, unit, outside } = request;
  const inside = snapshot.inside(instance, action);
  const purpose = outside === undefined ? "report" : "crossCheck";
  const parts = instance.run(() => inside.exactParts(layer.node, unit, plan.method, purpose));
  const evaluations = plan.evaluationsPerRow / parts;
  const isCut = withBlocks.includes(plan.method) && evaluations > MOST_EVALUATIONS;
  const seconds = plan.secondsPerRow / parts;
  const together = isCut ? 1 : Math.min(parts, Math.max(1, Math.floor(TASK_SECONDS / seconds)));
  const rowsTogether =
    together < parts || isCut ? 1 : Math.max(1, Math.floor(TASK_SECONDS / plan.secondsPerRow));
  for (const { x, rows, first } of rowChunks(batch.data, batch.rows, cost, rowsTogether)) {
    for (let part = 0; part < parts; part += together) {
      const end = Math.min(part + together, parts);
      const piece = {
        x,
        rows,
        node: layer.node,
        unit,
        method: plan.method,
        outside,
        parts: [part, end] as const,
      };
      const place = (values: Values): void => statistics.place(values, first, unit ?? 0);
      if (isCut) yield* blockTasks(call, piece, evaluations, place);
      else yield partTask(piece, plan.evaluationsPerRow * rows * ((end - part) / parts), place);
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
  { action, snapshot, instance, open }: LayerCall,
  part: ExactPart,
  evaluations: number,
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
  const together = Math.max(1, Math.floor((TASK_EVALUATIONS * blocks) / evaluations));
  let missing = blocks;
  for (let first = 0; first < blocks; first += together) {
    const end = Math.min(first + together, blocks);
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
        place(valuesOf(action, run));
        run.dispose();
        open.delete(run);
      },
    });
  }
}

/** Returns the part with a copy of its rows, which may move to a worker. */
function withOwnRows(part: ExactPart): ExactPart & { readonly x: Float32Array<ArrayBuffer> } {
  return { ...part, x: part.x.slice() };
}
