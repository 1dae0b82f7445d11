import { integer, onlyOptions } from "./argument.js";
import { type ExactRequest, enumerate } from "./enumeration.js";
import { checkCheckpoint, type ExactCheckpoint, Recorder } from "./exactCheckpoint.js";
import { checkBudget, type ExactPlan, type ExactPurpose, type ExactTarget, planExact } from "./exactPlan.js";
import type { ExactResult } from "./exactResult.js";
import type { Network } from "./network.js";
import { checkPool, type Pool } from "./pool.js";
import { toBatch } from "./rows.js";
import { checkProgress, type LongCallOptions, type Progress, Schedule } from "./schedule.js";
import { bySelection, selectLayers, selectUnit } from "./selection.js";
import { withSnapshot } from "./snapshot.js";
import { sizeOf, type TensorLike } from "./tensor.js";

/** The options of `exact()`; progress counts evaluations. */
export interface ExactOptions extends ExactTarget, LongCallOptions {
  /** Evaluations (subnetwork passes, over all rows and layers) above which the request is refused; default 2^28. */
  readonly budget?: number | undefined;
  /** Workers to share the work; the result has the same bits as without. */
  readonly pool?: Pool | undefined;
  /** Keeps what is done, also when the call is aborted; a later call with the same request goes on from there. */
  readonly checkpoint?: ExactCheckpoint | undefined;
}

const DEFAULT_BUDGET = 2 ** 28;

/** Returns the exact statistics over all subnetworks for the selected layers. */
export async function exact(
  network: Network,
  x: TensorLike,
  options: ExactOptions,
): Promise<ExactResult | Record<string, ExactResult>> {
  const action = "run exact()";
  network.atHome(action);
  const known = ["layer", "unit", "method", "budget", "pool", "checkpoint", "signal", "onProgress"];
  onlyOptions(action, options, known);
  const request = planRequest(network, action, x, options, "report");
  const pool = checkPool(action, options.pool);
  const checkpoint = checkCheckpoint(action, options.checkpoint);
  const report = checkProgress(action, options.onProgress);
  let recorder: Recorder | undefined;
  const onProgress = async (progress: Progress): Promise<void> => {
    await recorder?.tick();
    await report?.(progress);
  };
  const refuseDisposed = () => network.refuseDisposed(action);
  const schedule = new Schedule(action, evaluationsOf(request), { ...options, onProgress }, refuseDisposed);
  const statistics = await withSnapshot(network, action, async (snapshot) => {
    if (checkpoint !== undefined) recorder = await Recorder.open(action, checkpoint, snapshot, request);
    try {
      return await enumerate({ action, network, snapshot, request, schedule }, { pool, recorder });
    } finally {
      await recorder?.write();
    }
  });
  await schedule.finish();
  return bySelection(
    request.selection,
    statistics.map((layer, index) => layer.result(request.plans[index] as ExactPlan)),
  );
}

/** Returns a request that can be afforded; throws BudgetError otherwise. */
export function planRequest(
  network: Network,
  action: string,
  x: TensorLike,
  options: ExactOptions,
  purpose: ExactPurpose,
): ExactRequest {
  const selection = selectLayers(action, network.architecture, options.layer);
  const unit = selectUnit(action, selection, options.unit);
  const { budget = DEFAULT_BUDGET } = options;
  integer(action, "budget", budget, 1);
  const batch = toBatch(action, "x", x, network.architecture.inputShape);
  const plans = planExact(network, action, selection, unit, options.method, purpose);
  const widths = selection.layers.map(({ shape }) => sizeOf(shape));
  checkBudget(plans, batch.rows, budget, unit === undefined ? Math.max(...widths) : 1);
  return { batch, selection, unit, plans };
}

/** Returns the evaluations of a request, over all its rows and layers. */
export function evaluationsOf({ batch, plans }: ExactRequest): number {
  return plans.reduce((sum, plan) => sum + plan.evaluationsPerRow * batch.rows, 0);
}
