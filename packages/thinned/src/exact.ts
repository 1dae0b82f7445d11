import { boolean, integer, oneOf, onlyOptions } from "./argument.js";
import { type ExactRequest, enumerate } from "./enumeration.js";
import { checkCheckpoint, type ExactCheckpoint, Recorder } from "./exactCheckpoint.js";
import { type DetailKind, type DetailPlan, DetailStatistics, planDetails } from "./exactDetail.js";
import { checkBudget, type ExactPlan, type ExactPurpose, type ExactTarget, planExact } from "./exactPlan.js";
import type { ExactResult } from "./exactResult.js";
import { planWalks } from "./exactWalks.js";
import type { Network } from "./network.js";
import { checkPool, type Pool } from "./pool.js";
import { toBatch } from "./rows.js";
import { checkProgress, type LongCallOptions, type Progress, Schedule } from "./schedule.js";
import { bySelection, selectLayers, selectUnit } from "./selection.js";
import { withSnapshot } from "./snapshot.js";
import type { TensorLike } from "./tensor.js";

/** The options of `exact()`; progress counts evaluations. */
export interface ExactOptions extends ExactTarget, LongCallOptions {
  /** Evaluations (subnetwork passes over all rows; layers that come from one walk count once) above which the request is refused; default 2^28. */
  readonly budget?: number | undefined;
  /**
   * `"full"` adds the covariances of all units of a layer, at most 2,048, and for a softmax or single logistic output the
   * predictive and expected entropy and the mutual information. Costs an enumeration of all gates above the layer, but for
   * linear networks, which have them at any number of gates; no other number changes. Default `"units"`.
   */
  readonly moments?: "units" | "full" | undefined;
  /**
   * Adds `conditionalMean`, `E[O | δ_i = 1]` for every gate, any number of them: for linear, logistic and tanh units over one layer
   * of gates, elsewhere a RangeError. Default false.
   */
  readonly conditional?: boolean | undefined;
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
  const details = planDetails(network, action, request, detailKinds(action, options));
  const additional = details.flat();
  checkBudget([...worksOf(request), ...additional], request.batch.rows, checkedBudget(action, options));
  const pool = checkPool(action, options.pool);
  const checkpoint = checkCheckpoint(action, options.checkpoint);
  const report = checkProgress(action, options.onProgress);
  let recorder: Recorder | undefined;
  const onProgress = async (progress: Progress): Promise<void> => {
    await recorder?.tick();
    await report?.(progress);
  };
  const refuseDisposed = () => network.refuseDisposed(action);
  const schedule = new Schedule(
    action,
    evaluationsOf(request, additional),
    { ...options, onProgress },
    refuseDisposed,
  );
  const results = await withSnapshot(network, action, async (snapshot) => {
    if (checkpoint !== undefined) {
      const kinds = additional.map(({ kind }) => kind);
      recorder = await Recorder.open(action, checkpoint, snapshot, request, kinds);
    }
    try {
      const call = { action, network, snapshot, request, schedule };
      const beside = details.map((plans) =>
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
  const budget = checkedBudget(action, options);
  const batch = toBatch(action, "x", x, network.architecture.inputShape);
  const requestOf = (unit: number | undefined): ExactRequest => {
    const plans = planExact(network, action, selection, unit, options.method, purpose);
    return { batch, selection, unit, plans, walks: planWalks(network, action, selection, unit, plans) };
  };
  const request = requestOf(unit);
  const evaluationsOfUnit = (): number => {
    if (unit !== undefined) return Infinity;
    try {
      // The first stands for the others.
      return evaluationsOf(requestOf(0));
    } catch (error) {
      // A method that applies to a layer need not apply to a unit that follows some of its gates alone.
      if (error instanceof RangeError) return Infinity;
      throw error;
    }
  };
  checkBudget(worksOf(request), batch.rows, budget, evaluationsOfUnit);
  return request;
}

function checkedBudget(action: string, { budget = DEFAULT_BUDGET }: ExactOptions): number {
  return integer(action, "budget", budget, 1);
}

function detailKinds(
  action: string,
  { moments = "units", conditional = false, unit }: ExactOptions,
): DetailKind[] {
  oneOf(action, "moments", moments, ["units", "full"]);
  boolean(action, "conditional", conditional);
  if (moments === "full" && unit !== undefined) {
    throw new RangeError(
      `Cannot ${action}: moments "full" concerns all units of a layer, unit is ${unit}, none is wanted`,
    );
  }
  return [...(moments === "full" ? ["joint" as const] : []), ...(conditional ? ["given" as const] : [])];
}

/** Returns the evaluations of a request, over all its rows and layers, with those of what it asks for beside. */
export function evaluationsOf(request: ExactRequest, additional: readonly DetailPlan[] = []): number {
  const { rows } = request.batch;
  return [...worksOf(request), ...additional].reduce((sum, plan) => sum + plan.evaluationsPerRow * rows, 0);
}

function worksOf({ walks }: ExactRequest): ExactPlan[] {
  return walks.map(({ plan }) => plan);
}
