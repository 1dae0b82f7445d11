import { expect, test } from "vitest";
import { decadesOf, preferred } from "./decades.js";
import { extremes } from "./extremes.js";

test("lists longer than the arguments of a call have extremes and decades", () => {
  const values = Array.from({ length: 300_000 }, (_, i) => 2 + ((i * 7919) % 300_000));
  expect(extremes(values)).toEqual([2, 300_001]);
  expect(decadesOf(values)).toEqual([1, 10, 100, 1000, 10_000, 100_000]);
  expect(preferred(values).at(-1)).toBe(200_000);
  expect(extremes([-1, 3, -7])).toEqual([-7, 3]);
});
