import type { LayerNumbers, Sparsity } from "./layerNumbers.ts";
import type { MirroredDeviation } from "./mirrored.ts";
import type { Course } from "./probe.ts";

/** A claim of the paper and whether it is confirmed here. */
export interface Claim {
  readonly claim: string;
  /** What has to be measured for the claim to be confirmed. */
  readonly limit: string;
  readonly measured: string;
  readonly verdict: "confirmed" | "not confirmed" | "no verdict";
  /** Why there is no verdict. */
  readonly reason?: string;
}

/** What the claims are judged by. */
export interface Evidence {
  /** Whether training came to the end of one epoch: what an untrained network does says nothing. */
  readonly isTrained: boolean;
  /** Hidden layers from the input on, sampled. */
  readonly layers: readonly LayerNumbers[];
  /** The first of them over all subnetworks. */
  readonly exactFirst: LayerNumbers;
  readonly course: Course;
  /** Names of the hidden layers, as in `course`. */
  readonly names: readonly string[];
  readonly sparsity: readonly Sparsity[];
  readonly mirrored: readonly MirroredDeviation[];
}

/** What was measured for a claim; `missing` says what there would have to be for a verdict. */
export interface Finding extends Pick<Claim, "claim" | "limit" | "measured"> {
  readonly holds: boolean;
  readonly missing?: string | undefined;
}

/** Numbers as a sentence has them, two digits each. */
export const list = (values: readonly number[]): string =>
  values.map((value) => (Number.isNaN(value) ? "none" : value.toPrecision(2))).join(", ");
