import { describe, expect, it } from "vitest";
import { rowChunks } from "./memory.js";

describe("rowChunks()", () => {
  it("covers every row once, in views of the data", () => {
    const x = Float32Array.from({ length: 10 * 3 }, (_, i) => i);
    const chunks = [...rowChunks(x, 10, { values: 2 ** 20, products: 1 })];
    expect(chunks.map(({ first, rows }) => [first, rows])).toEqual([
      [0, 4],
      [4, 4],
      [8, 2],
    ]);
    expect(chunks.flatMap((chunk) => [...chunk.x])).toEqual([...x]);
    expect(chunks[1]?.x.buffer).toBe(x.buffer);
  });

  it("takes one row at a time when a row is larger than the bound", () => {
    const chunks = [...rowChunks(new Float32Array(2), 2, { values: 2 ** 30, products: 2 ** 40 })];
    expect(chunks.map(({ rows }) => rows)).toEqual([1, 1]);
  });

  it("takes all rows of a small network together", () => {
    expect([...rowChunks(new Float32Array(100), 100, { values: 10, products: 10 })]).toHaveLength(1);
  });
});
