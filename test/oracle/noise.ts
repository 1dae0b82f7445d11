// The factors of dropouts that draw noise, from the words of the domain of noise (THEORY §6), by the definitions.
import { at } from "./at.ts";
import { Domain, randomBlock } from "./gates.ts";
import { normalDistribution } from "./normal.ts";

export interface NoisePlace {
  readonly seed: number;
  /** Sites of training begin at 2^27. */
  readonly site: number;
  readonly row: number;
  readonly sample: number;
}

/** Returns the uniform number `(word + 1/2) / 2^32` of each unit: word `u mod 4` of block `u div 4`. */
export function uniforms({ seed, site, row, sample }: NoisePlace, units: number): number[] {
  const draw = { seed, domain: Domain.noise, site, row, sample };
  return Array.from({ length: units }, (_, unit) => {
    const block = randomBlock(draw, Math.floor(unit / 4));
    return (at([...block], unit % 4) + 0.5) / 2 ** 32;
  });
}

/** Returns 1 + σz with z normal and σ² = rate / (1 - rate). */
export function gaussianFactor(rate: number, u: number): number {
  return 1 + Math.sqrt(rate / (1 - rate)) * normalQuantile(u);
}

/** Returns (1 - z)/(1 - rate) with z = σ((log(rate/(1 - rate)) + log(u/(1 - u)))/t). */
export function concreteFactor(rate: number, temperature: number, u: number): number {
  const z = 1 / (1 + Math.exp(-(Math.log(rate / (1 - rate)) + Math.log(u / (1 - u))) / temperature));
  return (1 - z) / (1 - rate);
}

/** Returns x with Φ(x) = p by halving an interval. */
function normalQuantile(p: number): number {
  let [low, high] = [-7, 7];
  for (let step = 0; step < 40; step++) {
    const middle = (low + high) / 2;
    if (normalDistribution(middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
