// The random stream of THEORY §6: which word of which Philox block decides a gate.
import { philox4x32, type Words4 } from "./philox.ts";

/** What a block of random words is drawn for. Changing a number would change every seed. */
export const Domain = { monteCarlo: 0, training: 1, initialisation: 2, shuffling: 3, noise: 4 } as const;

export interface Draw {
  /** An integer in [0, 2^53). */
  readonly seed: number;
  readonly domain: number;
  readonly site: number;
  readonly row: number;
  readonly sample: number;
}

/** Returns one block of the stream: key = (low, high) words of the seed, counter = (block, domain 2^28 + site, row, sample). */
export function randomBlock(draw: Draw, block: number): Words4 {
  const key = [draw.seed % 2 ** 32, Math.floor(draw.seed / 2 ** 32)] as const;
  return philox4x32([block, draw.domain * 2 ** 28 + draw.site, draw.row, draw.sample], key);
}

/** Returns one gate per rate, 1 = kept. */
export function drawGates(draw: Draw, rates: readonly number[]): Uint8Array {
  return rates.every((rate) => rate === 0.5) ? fairGates(draw, rates.length) : thresholdGates(draw, rates);
}

// Rate one half spends one bit a gate: 32 gates a word, 128 a block.
function fairGates(draw: Draw, units: number): Uint8Array {
  const kept = new Uint8Array(units);
  for (let block = 0; block * 128 < units; block++) {
    const words = randomBlock(draw, block);
    for (let unit = block * 128; unit < Math.min(units, (block + 1) * 128); unit++) {
      const word = words[Math.floor(unit / 32) % 4] ?? Number.NaN;
      kept[unit] = (word >>> (unit % 32)) & 1;
    }
  }
  return kept;
}

// Other rates spend one word a gate. The threshold of keep = 1 is 2^32, above every word: it needs 33 bits.
function thresholdGates(draw: Draw, rates: readonly number[]): Uint8Array {
  const kept = new Uint8Array(rates.length);
  for (let block = 0; block * 4 < rates.length; block++) {
    const words = randomBlock(draw, block);
    for (let unit = block * 4; unit < Math.min(rates.length, (block + 1) * 4); unit++) {
      const keep = 1 - (rates[unit] ?? Number.NaN);
      kept[unit] = (words[unit % 4] ?? Number.NaN) < Math.round(keep * 2 ** 32) ? 1 : 0;
    }
  }
  return kept;
}
