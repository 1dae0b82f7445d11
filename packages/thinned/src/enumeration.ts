import type { Recorder } from "./exactCheckpoint.js";
import { finishPart, startPart, valuesOf } from "./exactPart.js";
import type { ExactPlan } from "./exactPlan.js";
import { Statistics } from "./exactResult.js";
import { exactTasks } from "./exactTasks.js";
import type { Network } from "./network.js";
import { doHere } from "./pool/here.js";
import type { Task } from "./pool/work.js";
import { type Pool, share } from "./pool.js";
import type { Batch } from "./rows.js";
import { sharedNetwork } from "./samplingInPool.js";
import type { Schedule } from "./schedule.js";
import type { SelectedLayer, Selection } from "./selection.js";
import type { Snapshot } from "./snapshot.js";
import { sizeOf } from "./tensor.js";
import type * as boundary from "./wasm/boundary.js";
import type { Handle } from "./wasm/handle.js";
import { type Instance, simd128Instance } from "./wasm/instance.js";
import { type RowCost, rowChunks } from "./wasm/memory.js";

/** Float64 values that an enumeration holds per unit: running sums with their compensation, and the statistics. */
const VALUES_PER_UNIT = 64;

/** How many times longer a multiplication takes that is not done by vectors of float32. */
const DOUBLE_COST = 8;

/** What is enumerated, validated, with its plans. */
export interface ExactRequest {
  readonly batch: Batch;
  readonly selection: Selection;
  readonly unit: number | undefined;
  readonly plans: readonly ExactPlan[];
  /** The probability with which a draw may be outside of the range that is found for its unit; undefined finds none. */
  readonly outside?: number;
}

/** A call that enumerates: what, and of which weights. */
export interface ExactCall {
  readonly action: string;
  readonly network: Network;
  readonly snapshot: Snapshot;
  readonly request: ExactRequest;
  readonly schedule: Schedule;
}

/** Who else takes part in a call. */
export interface Helpers {
  readonly pool: Pool | undefined;
  readonly recorder?: Recorder | undefined;
}

/** A call as one of its layers sees it. */
export interface LayerCall extends ExactCall {
  readonly instance: Instance;
  readonly layer: SelectedLayer;
  readonly plan: ExactPlan;
  /** What one row takes. */
  readonly cost: RowCost;
  /** Runs that wait for results of others. */
  readonly open: Set<Handle<boundary.ExactRun>>;
}

/** Returns the statistics of each selected layer. */
export async function enumerate(call: ExactCall, { pool, recorder }: Helpers): Promise<Statistics[]> {
  const { action, snapshot, request, schedule } = call;
  const instance = await simd128Instance();
  const open = new Set<Handle<boundary.ExactRun>>();
  const layers = request.selection.layers.map((layer, index): [LayerCall, Statistics] => {
    const shape = request.unit === undefined ? layer.shape : [1];
    const plan = request.plans[index] as ExactPlan;
    const cost = rowCost(call, shape);
    const statistics = new Statistics([request.batch.rows, ...shape]);
    return [{ ...call, instance, layer, plan, cost, open }, statistics];
  });
  const add = (units: number): void => schedule.add(units);
  const tasks = (): Iterator<Task> => recorder?.resume(allTasks(layers), add) ?? allTasks(layers);
  const work = () => ({ action, instance, network: sharedNetwork(snapshot, action), tasks: tasks(), add });
  try {
    if (pool !== undefined) await share(pool, work(), schedule);
    else if (recorder !== undefined) await doHere(work(), snapshot.inside(instance, action), schedule);
    else for (const [layer, statistics] of layers) await enumerateHere(layer, statistics);
  } finally {
    for (const run of open) run.dispose();
  }
  return layers.map(([, statistics]) => statistics);
}

function* allTasks(layers: readonly (readonly [LayerCall, Statistics])[]): Generator<Task> {
  for (const [layer, statistics] of layers) yield* exactTasks(layer, statistics);
}

async function enumerateHere(call: LayerCall, statistics: Statistics): Promise<void> {
  const { action, request, layer, plan, cost, snapshot, instance, schedule } = call;
  const { batch, unit, outside } = request;
  const inside = snapshot.inside(instance, action);
  for (const { x, rows, first } of rowChunks(batch.data, batch.rows, cost)) {
    const part = { x, rows, node: layer.node, unit, method: plan.method, outside, parts: undefined };
    const run = startPart(instance, inside, part);
    try {
      await finishPart(action, run, schedule);
      statistics.place(valuesOf(action, run), first, unit ?? 0);
    } finally {
      run.dispose();
    }
  }
}

function rowCost({ network }: ExactCall, shape: readonly number[]): RowCost {
  // What comes before the first gate is computed when a run begins, in float64, which takes longer than float32.
  const products = DOUBLE_COST * network.cost.products;
  return { values: 2 * network.cost.values + VALUES_PER_UNIT * sizeOf(shape), products };
}
