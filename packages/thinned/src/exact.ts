import { onlyOptions } from "./argument.js";
import { enumerate } from "./enumeration.js";
import { evaluationsOf } from "./exactBudget.js";
import { checkCheckpoint, type ExactCheckpoint, Recorder } from "./exactCheckpoint.js";
import { DetailStatistics } from "./exactDetail.js";
import type { ExactPlan, ExactTarget } from "./exactPlan.js";
import { planRequest } from "./exactRequest.js";
import type { ExactResult } from "./exactResult.js";
import type { Network } from "./network.js";
import { checkPool, type Pool } from "./pool.js";
import { checkProgress, type LongCallOptions, type Progress, Schedule } from "./schedule.js";
import { bySelection } from "./selection.js";
import { withSnapshot } from "./snapshot.js";
import type { TensorLike } from "./tensor.js";

/** The options of `exact()`; progress counts evaluations. */
export interface ExactOptions extends ExactTarget, LongCallOptions {
  /**
   * Evaluations above which the request is refused, over all rows, layers that come from one walk once: an integer, or `Infinity` for no
   * limit. Without it 2^28, and no more than an hour by the estimates of `explainExact()`, which tells how many a row takes, and what is counted.
   */
  readonly budget?: number | undefined;
  /** Workers to share the work; the result has the same bits as without. */
  readonly pool?: Pool | undefined;
  /** Keeps what is done, also when the call is aborted; a later call with the same request goes on from there. */
  readonly checkpoint?: ExactCheckpoint | undefined;
}

/** Returns the exact statistics over all subnetworks for the selected layers. */
export async function exact(
  network: Network,
  x: TensorLike,
  options: ExactOptions,
): Promise<ExactResult | Record<string, ExactResult>> {
  const action = "run exact()";
  network.atHome(action);
  const known = [
    "layer",
    "unit",
    "method",
    "budget",
    "moments",
    "conditional",
    "pool",
    "checkpoint",
    "signal",
    "onProgress",
  ];
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
  const results = await withSnapshot(network, action, async (snapshot) => {
    if (checkpoint !== undefined) {
      const kinds = request.details.flat().map(({ kind }) => kind);
      recorder = await Recorder.open(action, checkpoint, snapshot, request, kinds);
    }
    try {
      const call = { action, network, snapshot, request, schedule };
      const beside = request.details.map((plans) =>
        plans.map((plan) => new DetailStatistics(plan, request.batch.rows)),
      );
      const statistics = await enumerate(call, { pool, recorder }, beside.flat());
      return statistics.map((layer, index) => {
        const result: ExactResult = layer.result(request.plans[index] as ExactPlan);
        for (const detail of beside[index] as DetailStatistics[]) detail.addTo(result);
        return result;
      });
    } finally {
      await recorder?.write();
    }
  });
  await schedule.finish();
  return bySelection(request.selection, results);
}
