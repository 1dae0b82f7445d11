// The gates of a random network, so many that all its subnetworks can be run.
import { at } from "../oracle/at.ts";

export class GateBudget {
  readonly #pick: <T>(of: readonly T[]) => T;
  #left: number;

  /** Draws from uniform numbers; `gates` may have a rate above 0, Infinity for any number. */
  constructor(draw: () => number, gates: number) {
    this.#pick = (of) => at(of, Math.floor(draw() * of.length));
    this.#left = gates;
  }

  /** Returns the rate of `count` gates, or one for each. */
  rates(count: number): number | number[] {
    const each = () => Array.from({ length: count }, () => this.#pick([0.5, 0, 0.3]));
    if (this.#left === Infinity) return this.#pick([0.5, 0.2, each()]);
    const most = Math.min(count, this.#left, this.#pick([1, 2, 3, 4]));
    this.#left -= most;
    if (most === count && this.#pick([true, false])) return this.#pick([0.5, 0.2]);
    const gated = new Set<number>();
    while (gated.size < most) gated.add(this.#pick([...Array(count).keys()]));
    return Array.from({ length: count }, (_, gate) => (gated.has(gate) ? this.#pick([0.5, 0.2, 0.9]) : 0));
  }

  /** Spends `count` gates where there are so many, and says whether it did. */
  afford(count: number): boolean {
    const can = count <= this.#left;
    if (can) this.#left -= count;
    return can;
  }
}
