/** Float32 numbers in memory that is not shared: what every library accepts. */
export type Floats = Float32Array<ArrayBuffer>;

/** A stream of 32-bit words that is the same on every machine: sfc32 (Chris Doty-Humphrey, PractRand). */
export class RandomWords {
  #a: number;
  #b = 0x9e3779b9 | 0;
  #c = 0x243f6a88;
  #counter = 1;

  /** `seed` is any 32-bit integer. */
  constructor(seed: number) {
    this.#a = seed | 0;
    // The first words of near seeds are alike; a dozen rounds part them.
    for (let i = 0; i < 12; i++) this.next();
  }

  /** Returns the next word, a signed 32-bit integer. */
  next(): number {
    const word = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + word;
    this.#c |= 0;
    return word;
  }

  /** Returns a number in [0, 1), a multiple of 2^-24, so that float32 holds it exactly. */
  uniform(): number {
    return (this.next() >>> 8) / 2 ** 24;
  }
}

/** Returns `length` float32 numbers, uniform in [-scale, scale). */
export function noise(length: number, scale: number, random: RandomWords): Floats {
  return Float32Array.from({ length }, () => (2 * random.uniform() - 1) * scale);
}
