// Philox4x32-10, the counter-based generator of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy
// as 1, 2, 3" (SC 2011). BigInt keeps each 32 x 32 -> 64 bit product in plain sight.

const ROUNDS = 10;
const MULTIPLIER_0 = 0xd2511f53n;
const MULTIPLIER_1 = 0xcd9e8d57n;
// The Weyl increments of the key: the golden ratio and sqrt(3) - 1, times 2^32.
const WEYL_0 = 0x9e3779b9n;
const WEYL_1 = 0xbb67ae85n;
const WORD = 0xffffffffn;

export type Words4 = readonly [number, number, number, number];
export type Words2 = readonly [number, number];

/** Returns the block of four 32-bit words that the counter and the key determine. */
export function philox4x32(counter: Words4, key: Words2): Words4 {
  let [c0, c1, c2, c3] = [BigInt(counter[0]), BigInt(counter[1]), BigInt(counter[2]), BigInt(counter[3])];
  let [k0, k1] = [BigInt(key[0]), BigInt(key[1])];
  for (let round = 0; round < ROUNDS; round++) {
    const product0 = MULTIPLIER_0 * c0;
    const product1 = MULTIPLIER_1 * c2;
    [c0, c1, c2, c3] = [
      (product1 >> 32n) ^ c1 ^ k0,
      product1 & WORD,
      (product0 >> 32n) ^ c3 ^ k1,
      product0 & WORD,
    ];
    k0 = (k0 + WEYL_0) & WORD;
    k1 = (k1 + WEYL_1) & WORD;
  }
  return [Number(c0), Number(c1), Number(c2), Number(c3)];
}
