// The statistics of one unit from what it does in every subnetwork.
import { logActivity } from "./activation.ts";
import { at } from "./at.ts";
import { compensatedSum } from "./compensatedSum.ts";
import type { Activation } from "./description.ts";

/** Statistics of one unit's activity O over all subnetworks, for one input row. */
export interface UnitStatistics {
  /** The number n of gates upstream: 2^n subnetworks were run. */
  readonly gates: number;
  /** Σ P(N), which is 1 but for rounding. */
  readonly probability: number;
  readonly mean: number;
  readonly variance: number;
  /** E[(O - E)^4]. */
  readonly fourthMoment: number;
  readonly deterministic: number;
  readonly minimum: number;
  readonly maximum: number;
  /** E[S]; NaN where the node has no pre-activation. */
  readonly meanPreActivation: number;
  /** log Π O^P of a logistic or softmax unit. */
  readonly logGeometricMean: number | undefined;
  /** log Π (1 - O)^P of a logistic unit. */
  readonly logComplementGeometricMean: number | undefined;
}

/** What a unit does in one subnetwork. */
export interface Outcome {
  readonly probability: number;
  readonly activity: number;
  /** S of its layer, or of its place in an image; undefined where it has none. */
  readonly preActivations: Float64Array | undefined;
}

/** Returns the statistics that outcomes have: of unit `unit` among the pre-activations. */
export function unitStatistics(
  outcomes: readonly Outcome[],
  unit: number,
  activation: Activation | undefined,
): Omit<UnitStatistics, "gates" | "deterministic"> {
  const expectation = (of: (outcome: Outcome) => number): number =>
    compensatedSum(outcomes.map((outcome) => outcome.probability * of(outcome)));
  const mean = expectation(({ activity }) => activity);
  const activities = outcomes.map(({ activity }) => activity);
  const meanLog = (which: "log" | "logComplement"): number | undefined => {
    const logs = outcomes.map(
      ({ preActivations: s }) => s && activation && logActivity(activation, s, unit)?.[which],
    );
    if (logs.some((log) => log === undefined)) return undefined;
    return compensatedSum(logs.map((log, index) => at(outcomes, index).probability * (log ?? Number.NaN)));
  };
  return {
    probability: expectation(() => 1),
    mean,
    variance: expectation(({ activity }) => (activity - mean) ** 2),
    fourthMoment: expectation(({ activity }) => (activity - mean) ** 4),
    minimum: activities.reduce((least, activity) => Math.min(least, activity), Number.POSITIVE_INFINITY),
    maximum: activities.reduce((most, activity) => Math.max(most, activity), Number.NEGATIVE_INFINITY),
    meanPreActivation: expectation(({ preActivations: s }) => (s ? at(s, unit) : Number.NaN)),
    logGeometricMean: meanLog("log"),
    logComplementGeometricMean: meanLog("logComplement"),
  };
}
