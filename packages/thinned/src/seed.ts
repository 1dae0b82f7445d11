import { printed } from "./argument.js";

/** Returns `seed` when it is an integer in `[0, 2^53)`, which is what the 64-bit key of the generator is made from. */
export function checkSeed(action: string, seed: unknown): number {
  if (typeof seed !== "number") {
    throw new TypeError(`Cannot ${action}: seed is ${printed(seed)}, an integer in [0, 2^53) is wanted`);
  }
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new RangeError(`Cannot ${action}: seed is ${seed}, an integer in [0, 2^53) is wanted`);
  }
  return seed;
}
