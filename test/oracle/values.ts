// Reproducible numbers to fill test networks with, from a generator that has nothing to do with the one under test.

/** Returns a source of uniform numbers in [0, 1): mulberry32 (Tommy Ettinger, public domain). */
export function uniforms(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Returns a source of standard normal numbers (Box and Muller 1958), rounded to float32 as the SDK stores them. */
export function normals(seed: number): () => number {
  const draw = uniforms(seed);
  return () => Math.fround(Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw()));
}

/** Returns rows of standard normal numbers. */
export function normalRows(seed: number, rows: number, width: number): Float32Array[] {
  const draw = normals(seed);
  return Array.from({ length: rows }, () => Float32Array.from({ length: width }, draw));
}
