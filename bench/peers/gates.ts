import type { RandomWords } from "../data/random.ts";

/**
 * Fills `factors` with gates as a peer multiplies by them: 0 with probability `rate`, else `1 / (1 − rate)`. A word gives 32
 * gates at rate ½ and two at any other, whose rate is then a multiple of 2^-16: about as cheap as JavaScript can be.
 */
export function fillGates(factors: Float32Array, rate: number, random: RandomWords): void {
  if (rate === 0.5) fillHalves(factors, random);
  else fillPairs(factors, rate, random);
}

function fillHalves(factors: Float32Array, random: RandomWords): void {
  for (let first = 0; first < factors.length; first += 32) {
    let word = random.next();
    const end = Math.min(first + 32, factors.length);
    for (let i = first; i < end; i++) {
      factors[i] = (word & 1) << 1;
      word >>>= 1;
    }
  }
}

function fillPairs(factors: Float32Array, rate: number, random: RandomWords): void {
  const kept = Math.fround(1 / (1 - rate));
  const threshold = Math.round((1 - rate) * 2 ** 16);
  for (let i = 0; i < factors.length; i += 2) {
    const word = random.next();
    factors[i] = (word & 0xffff) < threshold ? kept : 0;
    // Beyond an odd end nothing is written.
    factors[i + 1] = word >>> 16 < threshold ? kept : 0;
  }
}
