// The verdicts on section 6 of "Understanding Dropout", on made-up numbers: each claim once within its limit and once beyond it.
import { describe, expect, test } from "vitest";
import type { Claim, Evidence } from "../../reproduce/understanding-dropout/claim.ts";
import { claimsOf } from "../../reproduce/understanding-dropout/claims.ts";
import { type LayerNumbers, numbersOf } from "../../reproduce/understanding-dropout/layerNumbers.ts";

const names = ["hidden 1", "hidden 2", "hidden 3"];

interface Changes {
  readonly secondOrder?: number;
  readonly fromMean?: number;
  readonly mean?: number;
  readonly active?: number;
  readonly silent?: number;
}

/** A layer whose mean |E − NWGM| and |E − O*| are 0.01. */
function layer({
  secondOrder = 0.002,
  fromMean = 1,
  mean = 0.01,
  active = 0.02,
  silent = 0.005,
}: Changes = {}) {
  const numbers: LayerNumbers = {
    name: "",
    gap: { mean: 0.01, max: 0.02 },
    offset: { mean, max: 0.02, active, silent },
    distance: { secondOrder, smallVariance: 0 },
    bounds: { fromVariance: 1, fromMean, loose: 1 },
  };
  return numbers;
}

const epochs = [0, 1, 2, 3, 4, 5, 6, 7, 8];
/** Two units that end active and one that does not. */
const means = epochs.map((epoch) => Float64Array.of(0.5, 0.5, epoch === 0 ? 0.5 : 0.02));
const learnt = epochs.map((epoch) => {
  return Float64Array.of(...(epoch === 0 ? [0.02, 0.04, 0.03] : [0.1, 0.2, 0.001]));
});

const forAll = <Value>(value: Value) => Object.fromEntries(names.map((name) => [name, value]));

/** What confirms every claim. */
const good: Evidence = {
  isTrained: true,
  layers: [layer(), layer({ active: 0.03 }), layer({ mean: 0.02, active: 0.04 })],
  exactFirst: layer(),
  course: { epochs, mean: forAll(means), deviation: forAll(learnt) },
  names,
  sparsity: names.map((name) => ({ name, silent: 0.6, active: 0.1 })),
  mirrored: names.slice(1).map((name) => ({ name, deviation: 0.05, mirrored: 0.2 })),
};

function verdictOf(claim: string, evidence: Evidence): Claim {
  const found = claimsOf(evidence).find((each) => each.claim.includes(claim));
  if (found === undefined) throw new Error(`no claim has ${claim}`);
  return found;
}

const withHigher = (changes: Changes): Evidence => {
  return { ...good, layers: [...good.layers.slice(0, 2), layer({ active: 0.04, ...changes })] };
};
const withCourse = (change: Partial<Evidence["course"]>): Evidence => {
  return { ...good, course: { ...good.course, ...change } };
};
const deviating = (at: (epoch: number) => number[]) =>
  withCourse({ deviation: forAll(epochs.map((epoch) => Float64Array.from(at(epoch)))) });

test("numbers within every limit confirm every claim, and each says its limit", () => {
  const claims = claimsOf(good);
  expect(claims).toHaveLength(9);
  for (const { claim, limit, verdict } of claims) {
    expect(verdict, claim).toBe("confirmed");
    expect(limit, claim).toMatch(/\d/);
  }
});

test.each<[string, string, Evidence]>([
  ["second-order", "a sampled layer a third off", withHigher({ secondOrder: 0.0034 })],
  ["second-order", "the exact layer a third off", { ...good, exactFirst: layer({ secondOrder: 0.0034 }) }],
  ["bound of eq. 22", "2 % of a layer's units beyond it", withHigher({ fromMean: 0.98 })],
  ["grows very slowly", "2.1 times the first layer's", withHigher({ mean: 0.021 })],
  [
    "grows very slowly",
    "small values that grow 3.4 times",
    { ...good, layers: [layer({ mean: 0.0027 }), layer({ mean: 0.0092 })] },
  ],
  ["only for active", "inactive units that grow by a half", withHigher({ silent: 0.0075 })],
  ["only for active", "no growth at all", { ...good, layers: [layer(), layer(), layer()] }],
  ["Three phases", "a start at 0.6 of the peak", deviating((epoch) => [epoch === 0 ? 0.06 : 0.1, 0.1, 0])],
  ["Three phases", "no change", deviating(() => [0.1, 0.1, 0])],
  ["Three phases", "no deviation at all", deviating(() => [0, 0, 0])],
  ["Three phases", "growth that goes on", deviating((epoch) => [0.02 * epoch, 0.02 * epoch, 0])],
  [
    "stay silent",
    "a unit that wakes at the end of the first half",
    withCourse({ mean: forAll(means.map((m, epoch) => (epoch === 4 ? Float64Array.of(0.5, 0.5, 0.3) : m))) }),
  ],
  [
    "stay silent",
    "a unit that never was awake",
    withCourse({ mean: forAll(means.map(() => Float64Array.of(0.5, 0.5, 0.02))) }),
  ],
  [
    "Consistency does not decline",
    "active units of the last layer that deviate by 1.2 times",
    withCourse({
      deviation: {
        ...forAll(learnt),
        "hidden 3": learnt.map((d) => Float64Array.of(...d.map((v) => 1.2 * v))),
      },
    }),
  ],
  [
    "Sparse activity",
    "a layer that deviates as much with the one below mirrored",
    { ...good, mirrored: [...good.mirrored, { name: "hidden 4", deviation: 0.1, mirrored: 0.105 }] },
  ],
  ["sparse", "half of a layer", { ...good, sparsity: [{ name: "", silent: 0.5, active: 0.1 }] }],
  ["sparse", "as many high as low", { ...good, sparsity: [{ name: "", silent: 0.51, active: 0.49 }] }],
])("%s: not confirmed by %s", (claim, _, evidence) => {
  expect(verdictOf(claim, good).verdict).toBe("confirmed");
  expect(verdictOf(claim, evidence)).toMatchObject({ verdict: "not confirmed" });
});

test("only active units count where the paper speaks of them", () => {
  // The inactive unit deviates more and more; it is none of those that the claims are of.
  const evidence = deviating((epoch) => [epoch === 0 ? 0.02 : 0.1, epoch === 0 ? 0.02 : 0.1, epoch]);
  expect(verdictOf("Three phases", evidence).verdict).toBe("confirmed");
  expect(verdictOf("Consistency does not decline", evidence).verdict).toBe("confirmed");
});

describe("no verdict", () => {
  test("is given on an untrained network", () => {
    for (const { verdict, reason } of claimsOf({ ...good, isTrained: false })) {
      expect({ verdict, reason }).toEqual({ verdict: "no verdict", reason: "not trained" });
    }
  });

  const brief = { epochs: [0, 1, 2], mean: forAll(means.slice(0, 3)), deviation: forAll(learnt.slice(0, 3)) };
  const silent = { mean: forAll(epochs.map(() => Float64Array.of(0.5, 0.5, 0.5))) };
  const dead = { mean: forAll(epochs.map(() => Float64Array.of(0, 0, 0))) };
  test.each<[string, Evidence, string]>([
    ["Three phases", withCourse(brief), "the last quarter of training has fewer than 3 epochs"],
    ["Three phases", withCourse(dead), "hidden 2 has no active unit"],
    ["stay silent", withCourse(brief), "a quarter of training is less than an epoch"],
    ["stay silent", withCourse(silent), "hidden 2 has no inactive unit"],
    ["Consistency does not", withCourse(dead), "a layer has no active unit"],
    ["only for active", withHigher({ silent: Number.NaN }), "a layer has no active units, or no others"],
  ])("on %s", (claim, evidence, reason) => {
    expect(verdictOf(claim, evidence)).toMatchObject({ verdict: "no verdict", reason });
  });
});

test("numbersOf() parts active units from others, and gives no leave for sampling", () => {
  const numbers = numbersOf("a layer", {
    mean: Float64Array.of(0.25, 0.05),
    nwgm: Float64Array.of(0.24, 0.049),
    variance: Float64Array.of(0.05, 0.001),
    deterministic: [0.22, 0.049],
    // Much, and of no account.
    gapError: Float64Array.of(1, 1),
    meanError: Float64Array.of(1, 1),
    subnetworks: 4n,
  });
  expect(numbers.offset.active).toBeCloseTo(0.03, 12);
  expect(numbers.offset.silent).toBeCloseTo(0.001, 12);
  expect(numbers.gap.mean).toBeCloseTo(0.0055, 12);
  const beyond = numbersOf("", {
    mean: Float64Array.of(0.25),
    nwgm: Float64Array.of(0.05),
    variance: Float64Array.of(0.05),
    deterministic: [0.2],
    gapError: Float64Array.of(1),
    meanError: Float64Array.of(1),
    subnetworks: 4n,
  });
  // The bound at E = ¼ is 3/32 over 5/8, 0.15; the gap is 0.2.
  expect(beyond.bounds.fromMean).toBe(0);
  expect(numbers.bounds.fromMean).toBe(1);
});
