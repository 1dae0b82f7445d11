import { finite, printed } from "./argument.js";
import { isList } from "./numberArray.js";

/** How kept activities are scaled: by `1 / keep` while gates are drawn, or by `keep` in the deterministic pass. */
export type Scaling = "inverted" | "standard";

export const scalings = ["inverted", "standard"] as const satisfies Scaling[];

/** Kept with less than this probability, a gate could not be drawn from one 32-bit word. */
const LEAST_KEEP = 2 ** -32;

/** Returns `rate` when it is a probability of dropping in `[0, 1)`; throws otherwise. */
export function checkRate(action: string, name: string, rate: unknown): number {
  const checked = finite(action, name, rate, "in [0, 1)", (value) => value >= 0 && value < 1);
  if (1 - checked < LEAST_KEEP) {
    throw new RangeError(
      `Cannot ${action}: ${name} is ${checked}, it keeps with a probability below 2^-32, which one word of random bits cannot draw; a smaller rate is wanted`,
    );
  }
  return checked;
}

/** Returns one rate, or one rate per unit, as a plain array. */
export function checkRates(action: string, rate: unknown): number[] {
  if (!isList(rate)) return [checkRate(action, "rate", rate)];
  if (rate.length === 0) {
    throw new RangeError(`Cannot ${action}: rate is ${printed(rate)}, one number or one per unit is wanted`);
  }
  return Array.from(rate, (value, unit) => checkRate(action, `rate[${unit}]`, value));
}
