import { describe, expect, it } from "vitest";
import { Fingerprint } from "./fingerprint.js";

const of = (...parts: Float32Array[]) => {
  const print = new Fingerprint();
  for (const part of parts) print.add(part);
  return `${print}`;
};

describe("Fingerprint", () => {
  it("is of the numbers, in whatever parts", () => {
    const data = Float32Array.from({ length: 100 }, (_, i) => Math.sin(i));
    expect(of(data.subarray(0, 37), data.subarray(37, 37), data.subarray(37))).toBe(of(data));
    expect(of(data)).toMatch(/^[0-9a-f]{16}$/);
  });

  it("tells apart numbers that differ in one bit, in their order, or in how many zeros there are", () => {
    const prints = new Set<string>();
    for (let index = 0; index < 8; index++) {
      for (let bit = 0; bit < 32; bit++) {
        const words = new Int32Array(8).fill(0x3f800000);
        words[index] = (words[index] as number) ^ (1 << bit);
        prints.add(of(new Float32Array(words.buffer)));
      }
    }
    for (let count = 0; count < 16; count++) prints.add(of(new Float32Array(count)));
    for (let first = 1; first < 8; first++) {
      // A one-hot row at every place, as labels are.
      prints.add(of(Float32Array.from({ length: 24 }, (_, i) => Number(i === 3 * first))));
    }
    expect(prints.size).toBe(8 * 32 + 16 + 7);
  });
});
