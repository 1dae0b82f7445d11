import type { Architecture } from "./architecture.js";
import type { ExactRequest } from "./enumeration.js";
import { type Budget, dearestOf, evaluationsOf, evaluationsText, isWithin } from "./exactBudget.js";
import { optionOf } from "./exactDetail.js";
import type { Asked } from "./exactRequest.js";
import { earlierLayers, type SelectedLayer } from "./selection.js";

/** Earlier layers that are tried, from the first on, which are the cheapest: of thousands each would take time to plan. */
const MOST_EARLIER = 64;

/** A request over its budget. */
export interface Refused {
  readonly architecture: Architecture;
  readonly asked: Asked;
  readonly request: ExactRequest;
  readonly budget: Budget;
  /** Plans another. */
  readonly plan: (asked: Asked) => ExactRequest;
}

/** Returns what the caller can do about a request that is refused, in the words of an error message. */
export function waysOut({ architecture, asked, request, budget, plan }: Refused): string[] {
  const { rows } = request.batch;
  const evaluations = evaluationsOf(request);
  const dearest = dearestOf(request);
  const affordable = (changed: Partial<Asked>): ExactRequest | undefined => {
    try {
      const other = plan({ ...asked, ...changed });
      return isWithin(other, budget) ? other : undefined;
    } catch (error) {
      // A method that applies to a layer need not apply to a unit that follows some of its gates alone.
      if (error instanceof RangeError) return undefined;
      throw error;
    }
  };
  const isWayOut = (layer: SelectedLayer): boolean => {
    const selection = { layers: [layer], several: false };
    const other = affordable({ selection, unit: undefined, method: undefined });
    // Without gates above it there is nothing to know of a layer.
    return other?.plans.some(({ gates }) => gates > 0) ?? false;
  };
  const ways: string[] = [];
  const offer = (condition: boolean, way: string): void => {
    if (condition) ways.push(way);
  };

  if (asked.method !== undefined) {
    const other = affordable({ method: undefined });
    if (other !== undefined) ways.push(`leave method out, which ${costOf(other)}`);
  }
  ways.push(...withoutDetails(asked, affordable));
  if (asked.purpose === "crossCheck") {
    const alone = affordable({ purpose: "report" });
    if (alone !== undefined) {
      ways.push(`exact() alone ${costOf(alone)}, but without the fourth moment that crossCheck() needs`);
    }
  } else if (!("kind" in dearest)) {
    ways.push("predictMC() samples them");
  } else if (dearest.kind === "joint") {
    ways.push("predictMC() samples entropies, predictiveCovariance() covariances of outputs");
  }

  const isDivisible = asked.unit === undefined && !asked.kinds.includes("joint");
  const narrower = [
    // The first stands for the others.
    ...(isDivisible && affordable({ unit: 0 }) !== undefined ? ["a single unit"] : []),
    ...(earlierLayers(architecture, dearest.layer).slice(0, MOST_EARLIER).some(isWayOut)
      ? ["an earlier layer"]
      : []),
  ];
  offer(narrower.length > 0, `ask for ${narrower.join(" or ")}`);
  offer(
    rows > 1 && isWithin({ ...request, batch: { ...request.batch, rows: 1 } }, budget),
    "fewer rows at a time",
  );
  ways.push("fewer gates");
  offer(
    evaluations <= Number.MAX_SAFE_INTEGER,
    evaluations > budget.evaluations ? "a larger budget" : "a budget",
  );
  return ways;
}

/** Returns what a request takes, by which methods. */
function costOf(request: ExactRequest): string {
  const methods = new Set(request.plans.map(({ method }) => method));
  return `takes ${evaluationsText(evaluationsOf(request))} by ${[...methods].join(" and ")}`;
}

/** Returns which options to leave out: each that is enough by itself, or all where none is. */
function withoutDetails(
  { kinds }: Asked,
  affordable: (changed: Partial<Asked>) => ExactRequest | undefined,
): string[] {
  const without = (left: Asked["kinds"]): string[] => {
    const other = affordable({ kinds: kinds.filter((kind) => !left.includes(kind)) });
    if (other === undefined) return [];
    return [`leave ${left.map((kind) => optionOf[kind]).join(" and ")} out, which ${costOf(other)}`];
  };
  const each = kinds.flatMap((kind) => without([kind]));
  return each.length > 0 || kinds.length < 2 ? each : without(kinds);
}
