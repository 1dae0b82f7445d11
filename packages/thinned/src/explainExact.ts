import { onlyOptions } from "./argument.js";
import { type DetailKind, type DetailPlan, detailKinds, planDetails } from "./exactDetail.js";
import { checkedMethod, type DetailCost, type ExactPlan, type ExactTarget, planExact } from "./exactPlan.js";
import { planWalks } from "./exactWalks.js";
import type { Network } from "./network.js";
import { bySelection, selectLayers, selectUnit } from "./selection.js";

/** Returns the plan of each selected layer, without running it. */
export function explainExact(network: Network, options: ExactTarget): ExactPlan | Record<string, ExactPlan> {
  const action = "explain exact()";
  network.atHome(action);
  onlyOptions(action, options, ["layer", "unit", "method", "moments", "conditional"]);
  const selection = selectLayers(action, network.architecture, options.layer);
  const unit = selectUnit(action, selection, options.unit);
  const method = checkedMethod(action, options.method);
  const kinds = detailKinds(action, options);
  const plans = planExact(network, action, selection, unit, method, "report");
  const walks = planWalks(network, action, selection, unit, plans);
  const details = planDetails(network, action, selection, unit, 1, kinds);
  const explained = plans.map((plan, place): ExactPlan => {
    const lead = walks.find(({ layers }) => layers.includes(place))?.plan.layer;
    return {
      ...plan,
      ...(lead === undefined || lead === plan.layer ? {} : { walkOf: lead }),
      ...costs(details[place] ?? []),
    };
  });
  return bySelection(selection, explained);
}

function costs(details: readonly DetailPlan[]): Pick<ExactPlan, "moments" | "conditional"> {
  const of = (kind: DetailKind): DetailCost | undefined => {
    const found = details.find((detail) => detail.kind === kind);
    if (found === undefined) return undefined;
    const { gates, evaluationsPerRow, secondsPerRow } = found;
    return { gates, evaluationsPerRow, secondsPerRow };
  };
  const [moments, conditional] = [of("joint"), of("given")];
  return { ...(moments && { moments }), ...(conditional && { conditional }) };
}
