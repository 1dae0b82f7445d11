import { finite } from "./argument.js";

/** Returns the precision of a noise when it is above 0 and its inverse, the variance of the noise, is finite. */
export function checkPrecision(action: string, tau: unknown, name = "tau"): number {
  const wanted = "above 0 whose inverse is finite";
  return finite(action, name, tau, wanted, (value) => value > 0 && Number.isFinite(1 / value));
}
