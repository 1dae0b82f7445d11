import type { Recorder } from "./exactCheckpoint.js";
import { type DetailPlan, type DetailStatistics, detailJob } from "./exactDetail.js";
import { type ExactWork, finishPart, startPart, valuesOf } from "./exactPart.js";
import type { ExactPlan } from "./exactPlan.js";
import { Statistics } from "./exactResult.js";
import { type ExactJob, exactTasks, type TaskCall } from "./exactTasks.js";
import type { ExactWalk } from "./exactWalks.js";
import type { Network } from "./network.js";
import { doHere } from "./pool/here.js";
import type { Task } from "./pool/work.js";
import { type Pool, share } from "./pool.js";
import { costInDouble } from "./rowCost.js";
import type { Batch } from "./rows.js";
import { sharedNetwork } from "./samplingInPool.js";
import type { Schedule } from "./schedule.js";
import type { Selection } from "./selection.js";
import type { Snapshot } from "./snapshot.js";
import { sizeOf } from "./tensor.js";
import type { Handle } from "./wasm/handle.js";
import { simd128Instance } from "./wasm/instance.js";
import { rowChunks } from "./wasm/memory.js";

/** Float64 values that an enumeration holds per unit: running sums with their compensation, and the statistics. */
const VALUES_PER_UNIT = 64;

/** What is enumerated, validated, with its plans. */
export interface ExactRequest {
  readonly batch: Batch;
  readonly selection: Selection;
  readonly unit: number | undefined;
  /** By selected layer. */
  readonly plans: readonly ExactPlan[];
  /** What is done for all of them. */
  readonly walks: readonly ExactWalk[];
  /** What is computed beside, by selected layer. */
  readonly details: readonly (readonly DetailPlan[])[];
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

/** Returns the statistics of each selected layer, and fills in the details. */
export async function enumerate(
  call: ExactCall,
  { pool, recorder }: Helpers,
  details: readonly DetailStatistics[] = [],
): Promise<Statistics[]> {
  const { action, snapshot, request, schedule } = call;
  const instance = await simd128Instance();
  const tasksCall: TaskCall = { ...call, instance, open: new Set<Handle<ExactWork>>() };
  const statistics = request.selection.layers.map(
    ({ shape }) => new Statistics([request.batch.rows, ...(request.unit === undefined ? shape : [1])]),
  );
  const jobs = [
    ...request.walks.map((walk) => walkJob(tasksCall, walk, statistics)),
    ...details.map((detail) => detailJob(call, detail)),
  ];
  const add = (units: number): void => schedule.add(units);
  const tasks = (): Iterator<Task> => {
    const all = allTasks(tasksCall, jobs);
    return recorder?.resume(all, add) ?? all;
  };
  const work = () => ({
    action,
    instance,
    network: sharedNetwork(snapshot, action),
    ahead: true,
    tasks: tasks(),
    add,
  });
  try {
    if (pool !== undefined) await share(pool, work(), schedule);
    else if (recorder !== undefined) await doHere(work(), snapshot.inside(instance, action), schedule);
    else for (const job of jobs) await doWhole(tasksCall, job);
  } finally {
    for (const run of tasksCall.open) run.dispose();
  }
  return statistics;
}

function* allTasks(call: TaskCall, jobs: readonly ExactJob[]): Generator<Task> {
  for (const job of jobs) yield* exactTasks(call, job);
}

function walkJob(
  call: TaskCall,
  { plan, layers, nodes }: ExactWalk,
  statistics: readonly Statistics[],
): ExactJob {
  const { action, network, request, snapshot, instance } = call;
  const { unit, outside, selection } = request;
  const purpose = outside === undefined ? "report" : "crossCheck";
  const [lead] = nodes as readonly [number];
  const units = layers.reduce((sum, layer) => sum + sizeOf(selection.layers[layer]?.shape ?? []), 0);
  return {
    ...plan,
    // What comes before the first gate is computed when a run begins, in float64.
    cost: costInDouble(network.cost, VALUES_PER_UNIT * (unit === undefined ? units : layers.length)),
    isEnumeration: (["split", "nested", "conditioned", "reference"] as const).some(
      (name) => name === plan.method,
    ),
    parts: () =>
      instance.run(() => snapshot.inside(instance, action).exactParts(lead, unit, plan.method, purpose)),
    part: (x, rows, parts) => ({ x, rows, nodes, unit, method: plan.method, outside, parts }),
    place: (values, first) => {
      for (const [place, layer] of layers.entries()) {
        statistics[layer]?.place(values, place, first, unit ?? 0);
      }
    },
  };
}

/** Does a job in this thread, as few calls as memory allows. */
async function doWhole(
  { action, request, snapshot, instance, schedule }: TaskCall,
  job: ExactJob,
): Promise<void> {
  const inside = snapshot.inside(instance, action);
  const { data, rows: all } = request.batch;
  for (const { x, rows, first } of rowChunks(data, all, job.cost)) {
    const part = job.part(x, rows, undefined);
    const run = startPart(instance, inside, part);
    try {
      await finishPart(action, run, schedule);
      job.place(valuesOf(action, run, part), first, rows);
    } finally {
      run.dispose();
    }
  }
}
