import { integer, onlyOptions } from "./argument.js";
import {
  checkBudget,
  type ExactMethod,
  type ExactPlan,
  type ExactPurpose,
  type ExactTarget,
  planExact,
} from "./exactPlan.js";
import { type ExactResult, Statistics } from "./exactResult.js";
import type { Network } from "./network.js";
import { type Batch, toBatch } from "./rows.js";
import { type LongCallOptions, Schedule } from "./schedule.js";
import { bySelection, type SelectedLayer, type Selection, selectLayers, selectUnit } from "./selection.js";
import { type Snapshot, withSnapshot } from "./snapshot.js";
import { sizeOf, type TensorLike } from "./tensor.js";
import { Handle } from "./wasm/handle.js";
import { simd128Instance } from "./wasm/instance.js";
import { rowChunks } from "./wasm/memory.js";

/** The options of `exact()`; progress counts evaluations. */
export interface ExactOptions extends ExactTarget, LongCallOptions {
  /** Evaluations (subnetwork passes, over all rows and layers) above which the request is refused; default 2^28. */
  readonly budget?: number | undefined;
}

const DEFAULT_BUDGET = 2 ** 28;

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

/** Returns the exact statistics over all subnetworks for the selected layers. */
export async function exact(
  network: Network,
  x: TensorLike,
  options: ExactOptions,
): Promise<ExactResult | Record<string, ExactResult>> {
  const action = "run exact()";
  network.atHome(action);
  onlyOptions(action, options, ["layer", "unit", "method", "budget", "signal", "onProgress"]);
  const request = planRequest(network, action, x, options, "report");
  const refuseDisposed = () => network.refuseDisposed(action);
  const schedule = new Schedule(action, evaluationsOf(request), options, refuseDisposed);
  const statistics = await withSnapshot(network, action, (snapshot) =>
    enumerate(network, snapshot, action, request, schedule),
  );
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

/** Returns the statistics of each selected layer. */
export async function enumerate(
  network: Network,
  snapshot: Snapshot,
  action: string,
  request: ExactRequest,
  schedule: Schedule,
): Promise<Statistics[]> {
  const statistics: Statistics[] = [];
  for (const [index, layer] of request.selection.layers.entries()) {
    const { method } = request.plans[index] as ExactPlan;
    statistics.push(await enumerateLayer(network, snapshot, action, request, layer, method, schedule));
  }
  return statistics;
}

async function enumerateLayer(
  network: Network,
  snapshot: Snapshot,
  action: string,
  { batch, unit, outside }: ExactRequest,
  layer: SelectedLayer,
  method: ExactMethod,
  schedule: Schedule,
): Promise<Statistics> {
  const instance = simd128Instance();
  const shape = unit === undefined ? layer.shape : [1];
  const statistics = new Statistics([batch.rows, ...shape]);
  // What comes before the first gate is computed when a run begins, in float64, which takes longer than float32.
  const products = DOUBLE_COST * network.cost.products;
  const cost = { values: 2 * network.cost.values + VALUES_PER_UNIT * sizeOf(shape), products };
  const inside = snapshot.inside(instance, action);
  for (const chunk of rowChunks(batch.data, batch.rows, cost)) {
    const run = new Handle(
      instance,
      instance.run(
        ({ ExactRun }) => new ExactRun(inside, layer.node, unit, method, chunk.x, chunk.rows, outside),
      ),
    );
    try {
      const work = run.get(action);
      await schedule.run({
        remaining: () => instance.run(() => work.remaining),
        step: (evaluations) => instance.run(() => work.step(evaluations)),
      });
      instance.run(() => statistics.place(work, chunk));
    } finally {
      run.dispose();
    }
  }
  return statistics;
}
