import type { ExactRequest } from "./enumeration.js";
import type { ExactOptions } from "./exact.js";
import { checkBudget, checkedBudget } from "./exactBudget.js";
import { type DetailKind, detailKinds, planDetails } from "./exactDetail.js";
import { checkedMethod, type ExactMethod, type ExactPurpose, planExact } from "./exactPlan.js";
import { planWalks } from "./exactWalks.js";
import { waysOut } from "./exactWaysOut.js";
import type { Network } from "./network.js";
import { toBatch } from "./rows.js";
import { type Selection, selectLayers, selectUnit } from "./selection.js";
import type { TensorLike } from "./tensor.js";

/** What is asked of each row, validated. */
export interface Asked {
  readonly selection: Selection;
  readonly unit: number | undefined;
  readonly method: ExactMethod | undefined;
  readonly purpose: ExactPurpose;
  readonly kinds: readonly DetailKind[];
}

/** Returns a request that can be afforded; throws BudgetError otherwise. */
export function planRequest(
  network: Network,
  action: string,
  x: TensorLike,
  options: ExactOptions,
  purpose: ExactPurpose,
): ExactRequest {
  const { architecture } = network;
  const selection = selectLayers(action, architecture, options.layer);
  const unit = selectUnit(action, selection, options.unit);
  const budget = checkedBudget(action, options.budget);
  const method = checkedMethod(action, options.method);
  const asked = { selection, unit, method, purpose, kinds: detailKinds(action, options) };
  const batch = toBatch(action, "x", x, architecture.inputShape);
  const plan = ({ selection, unit, method, purpose, kinds }: Asked): ExactRequest => {
    const plans = planExact(network, action, selection, unit, method, purpose);
    const walks = planWalks(network, action, selection, unit, plans);
    const details = planDetails(network, action, selection, unit, batch.rows, kinds);
    return { batch, selection, unit, plans, walks, details };
  };
  const request = plan(asked);
  checkBudget(action, request, budget, () => waysOut({ architecture, asked, request, budget, plan }));
  return request;
}
