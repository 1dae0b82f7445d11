// The claims about what happens while the network learns: figures 2a and 2b.
import { ACTIVE, partedByActivity, typicalLayer, typicalUnits } from "./activeUnits.ts";
import { type Evidence, type Finding, list } from "./claim.ts";
import { average } from "./layerNumbers.ts";

const limits = { rise: 2, settled: 1.25, steady: 1.1, quickly: 1 / 4, typical: 1 / 2 };

/** Ends of epochs that a part of the course must have for a verdict on it. */
const LEAST_ENDS = 3;

export function courseClaims(evidence: Evidence): Finding[] {
  return [phases(evidence), silence(evidence), consistency(evidence)];
}

/** Mean over the chosen units at each look. */
function meanOver(looks: readonly ArrayLike<number>[], units: readonly number[]): number[] {
  return looks.map((values) => average(units.map((unit) => values[unit] as number)));
}

function phases({ course, names }: Evidence): Finding {
  const layer = typicalLayer(names);
  const { active } = typicalUnits(course, names);
  const deviations = meanOver(course.deviation[layer] ?? [], active);
  const end = course.epochs.at(-1) ?? 0;
  const late = course.epochs.flatMap((epoch, index) =>
    epoch >= 0.75 * end ? [deviations[index] as number] : [],
  );
  const [start = Number.NaN] = deviations;
  const [peak, least, most] = [Math.max(...deviations), Math.min(...late), Math.max(...late)];
  const at = (value: number) => {
    const epoch = course.epochs[deviations.indexOf(value)] ?? Number.NaN;
    return `${list([value])} (epoch ${+epoch.toPrecision(2)})`;
  };
  const isShort =
    late.length < LEAST_ENDS && `the last quarter of training has fewer than ${LEAST_ENDS} epochs`;
  const isSilent = active.length === 0 && `${layer} has no active unit`;
  return {
    claim: "Three phases: active units begin consistent, their deviation grows much, and settles.",
    limit: `mean deviation of the active units of ${layer}: before training below 1/${limits.rise} of its peak; over the last quarter of training the largest at most ${limits.settled} times the smallest`,
    measured: `before training ${list([start])}, at least ${at(Math.min(...deviations))}, at most ${at(peak)}, over the last quarter ${list([least])} to ${list([most])}`,
    holds: limits.rise * start < peak && most <= limits.settled * least,
    missing: isSilent || isShort || undefined,
  };
}

function silence({ course, names }: Evidence): Finding {
  const layer = typicalLayer(names);
  const means = course.mean[layer] ?? [];
  const { inactive } = typicalUnits(course, names);
  const soon = limits.quickly * (course.epochs.at(-1) ?? 0);
  const isQuick = (unit: number) =>
    (means[0]?.[unit] ?? 0) > ACTIVE &&
    means.every(
      (values, look) => (course.epochs[look] as number) < soon || (values[unit] as number) <= ACTIVE,
    );
  const share = average(inactive.map((unit) => Number(isQuick(unit))));
  const isShort = soon < 1 && "a quarter of training is less than an epoch";
  const isActive = inactive.length === 0 && `${layer} has no inactive unit`;
  return {
    claim: "A typical inactive unit quickly learns to stay silent.",
    limit: `more than ${100 * limits.typical} % of the units of ${layer} that end at or below ${ACTIVE} began above it and stay at or below it from ${100 * limits.quickly} % of the training on`,
    measured: `${(100 * share).toFixed(1)} % of ${inactive.length} units`,
    holds: share > limits.typical,
    missing: isActive || isShort || undefined,
  };
}

function consistency({ course, names }: Evidence): Finding {
  const last = names.map((name) => {
    const { active } = partedByActivity(course.mean[name] ?? []);
    return meanOver((course.deviation[name] ?? []).slice(-1), active)[0] ?? Number.NaN;
  });
  const [first = Number.NaN, ...higher] = last;
  return {
    claim: "Consistency does not decline in the higher layers.",
    limit: `mean deviation of the active units after training is in no layer above ${limits.steady} times that of the first`,
    measured: `by layer ${list(last)}`,
    holds: higher.every((value) => value <= limits.steady * first),
    missing: last.some(Number.isNaN) ? "a layer has no active unit" : undefined,
  };
}
