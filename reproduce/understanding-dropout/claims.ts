// What section 6 of the paper says, and what the numbers say to it: every verdict has a limit that the page prints.
import { ACTIVE } from "./activeUnits.ts";
import { type Claim, type Evidence, type Finding, list } from "./claim.ts";
import { courseClaims } from "./courseClaims.ts";
import type { LayerNumbers } from "./layerNumbers.ts";

const limits = {
  estimate: 0.25,
  bounded: 0.99,
  growth: 2,
  steady: 1.1,
  sparse: 0.5,
  asymmetric: 0.5,
  mirrored: 1.1,
};

const percent = (value: number, digits = 1) => `${(100 * value).toFixed(digits)} %`;

/** Sets the claims of section 6 beside the numbers. */
export function claimsOf(evidence: Evidence): Claim[] {
  const findings = [
    ...layerClaims(evidence),
    ...courseClaims(evidence),
    sparse(evidence),
    sparsityHelps(evidence),
  ];
  return findings.map(({ holds, missing, ...finding }) => {
    const reason = evidence.isTrained ? missing : "not trained";
    if (reason !== undefined) return { ...finding, verdict: "no verdict", reason };
    return { ...finding, verdict: holds ? "confirmed" : "not confirmed" };
  });
}

function layerClaims({ exactFirst, layers }: Evidence): Finding[] {
  const all = [exactFirst, ...layers];
  const shares = (of: (layer: LayerNumbers) => number) =>
    `first layer, all subnetworks ${percent(of(exactFirst))}; sampled ${layers.map((each) => percent(of(each))).join(", ")}`;
  const fromEstimate = ({ distance, gap }: LayerNumbers) => distance.secondOrder / gap.mean;
  const offsets = layers.map(({ offset }) => offset.mean);
  const [active, inactive] = [
    layers.map(({ offset }) => offset.active),
    layers.map(({ offset }) => offset.silent),
  ];
  const [first = Number.NaN, ...higher] = offsets;
  const [firstActive = Number.NaN, ...higherActive] = active;
  const [firstInactive = Number.NaN, ...higherInactive] = inactive;
  const isOneSided = [...active, ...inactive].some(Number.isNaN);
  return [
    {
      claim: "The second-order approximation (eq. 20) of E − NWGM is accurate.",
      limit: `in every layer its mean distance is below ${percent(limits.estimate, 0)} of mean |E − NWGM|`,
      measured: shares(fromEstimate),
      holds: all.every((each) => fromEstimate(each) < limits.estimate),
    },
    {
      claim: "The bound of eq. 22 holds.",
      limit: `in every layer at least ${percent(limits.bounded, 0)} of the units are within E(1 − E)|1 − 2E|/(1 − 2E(1 − E))`,
      measured: shares((each) => each.bounds.fromMean),
      holds: all.every((each) => each.bounds.fromMean >= limits.bounded),
    },
    {
      claim: "E − O* grows very slowly in the higher layers.",
      limit: `in no layer is mean |E − O*| above ${limits.growth} times that of the first`,
      measured: `mean |E − O*| by layer ${list(offsets)}`,
      holds: higher.every((value) => value <= limits.growth * first),
    },
    {
      claim: "E − O* grows in the higher layers only for active units.",
      limit: `of inactive units (E ≤ ${ACTIVE}) mean |E − O*| is in no layer above ${limits.steady} times that of the first, of active units it is in one`,
      measured: `of active units ${list(active)}; of inactive ones ${list(inactive)}`,
      holds:
        higherInactive.every((value) => value <= limits.steady * firstInactive) &&
        higherActive.some((value) => value > limits.steady * firstActive),
      missing: isOneSided ? "a layer has no active units, or no others" : undefined,
    },
  ];
}

function sparse({ sparsity }: Evidence): Finding {
  const [low, high] = [sparsity.map(({ silent }) => silent), sparsity.map(({ active }) => active)];
  const written = (values: readonly number[]) => values.map((value) => percent(value)).join(", ");
  return {
    claim: "Activities are sparse and not symmetric in every hidden layer.",
    limit: `in every layer more than ${percent(limits.sparse, 0)} of the activities are below ${ACTIVE}, and less than ${limits.asymmetric} times as many are above ${1 - ACTIVE}`,
    measured: `below ${ACTIVE}: ${written(low)}; above ${1 - ACTIVE}: ${written(high)}`,
    holds: sparsity.every(
      ({ silent, active }) => silent > limits.sparse && active < limits.asymmetric * silent,
    ),
  };
}

function sparsityHelps({ mirrored }: Evidence): Finding {
  const [sparse, dense] = [mirrored.map(({ deviation }) => deviation), mirrored.map((each) => each.mirrored)];
  return {
    claim: "Sparse activity in a layer raises the consistency of the units in the next.",
    limit: `in every layer above the first the mean deviation is below 1/${limits.mirrored} of what it is when the activities of the layer below are mirrored, 1 − O for O, and the weight-scaled network is the same`,
    measured: `by layer ${list(sparse)}; mirrored ${list(dense)}`,
    holds: mirrored.every((each) => limits.mirrored * each.deviation < each.mirrored),
  };
}
