import { integer, onlyOptions, positive } from "../argument.js";
import type { CheckedLoss } from "../loss.js";
import { checkTau } from "./weightDecay.js";

/** The prior of the weights of a network, and the noise of its observations (Gal & Ghahramani 2016). */
export interface Prior {
  /** `l`: every weight and bias has the prior `N(0, l⁻²)`; above 0. */
  readonly lengthScale: number;
  /** Precision of the noise, above 0: with `"meanSquaredError"`, and only with it. */
  readonly tau?: number | undefined;
  /** `N`, the rows that there are; default those that are given. Wanted where batches come as they do. */
  readonly rows?: number | undefined;
}

/** A prior, checked. */
export interface CheckedPrior {
  readonly lengthScale: number;
  /** 1 where the likelihood has none. */
  readonly tau: number;
  readonly rows: number;
}

/** Returns the checked prior of a network trained by `loss` on `rows` rows, if that is known. */
export function checkPrior(
  action: string,
  prior: Prior,
  loss: CheckedLoss,
  rows: number | undefined,
): CheckedPrior {
  onlyOptions(`${action}: prior`, prior, ["lengthScale", "tau", "rows"]);
  return {
    lengthScale: positive(action, "prior.lengthScale", prior.lengthScale),
    tau: checkTau(action, loss.name, prior.tau, "prior.tau"),
    rows: integer(action, "prior.rows", prior.rows ?? rows, 1),
  };
}
