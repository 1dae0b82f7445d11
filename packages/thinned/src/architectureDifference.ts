import { printed } from "./argument.js";
import { isRecord } from "./json.js";

/** Returns in words the first difference between two architectures, as JSON; undefined when there is none. */
export function architectureDifference(found: string | undefined, wanted: string): string | undefined {
  if (found === wanted) return undefined;
  const [theirs, ours] = [found, wanted].map(read) as [Record<string, unknown>, Record<string, unknown>];
  return layersDifference(layersOf(theirs), layersOf(ours)) ?? rest(theirs, ours);
}

function layersDifference(
  theirs: readonly Record<string, unknown>[],
  ours: readonly Record<string, unknown>[],
): string | undefined {
  if (theirs.length !== ours.length) return `it has ${theirs.length} layers, the model has ${ours.length}`;
  for (const [index, own] of ours.entries()) {
    const other = theirs[index];
    for (const key of ["name", "kind", "sources", "sharedWith"]) {
      if (JSON.stringify(other?.[key]) !== JSON.stringify(own[key])) {
        return `${key} of layer ${index} is ${printed(other?.[key])}, in the model ${printed(own[key])}`;
      }
    }
    const [theirConfig, ownConfig] = [other?.config, own.config].map((config) =>
      isRecord(config) ? config : {},
    );
    for (const key of new Set([...Object.keys(theirConfig ?? {}), ...Object.keys(ownConfig ?? {})])) {
      const [a, b] = [JSON.stringify(theirConfig?.[key]), JSON.stringify(ownConfig?.[key])];
      if (a !== b) return `layer ${printed(own.name)} has ${key} ${a ?? "none"}, in the model ${b ?? "none"}`;
    }
  }
  return undefined;
}

function rest(theirs: Record<string, unknown>, ours: Record<string, unknown>): string {
  for (const key of ["inputShape", "seed"]) {
    if (JSON.stringify(theirs[key]) !== JSON.stringify(ours[key])) {
      return `its ${key} is ${printed(theirs[key])}, in the model ${printed(ours[key])}`;
    }
  }
  return "its description is another, though layers, inputShape and seed are the same";
}

function read(text: string | undefined): Record<string, unknown> {
  try {
    const json: unknown = JSON.parse(text ?? "");
    return isRecord(json) ? json : {};
  } catch {
    return {};
  }
}

const layersOf = ({ layers }: Record<string, unknown>): Record<string, unknown>[] =>
  Array.isArray(layers) ? layers.filter(isRecord) : [];
