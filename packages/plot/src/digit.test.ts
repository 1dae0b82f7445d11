import { expect, test } from "vitest";
import { digit } from "./digit.js";
import "./node.js";
import { light } from "./palette.js";

test("digit() joins neighbours of a row, keeps rows apart and stacks five shades", () => {
  const paths = Array.from(digit([0, 1, 1, 0.5, 0, 0], { columns: 3, size: 30 }, light).children);
  expect(paths.map((path) => path.getAttribute("d"))).toEqual([
    "M1 0h2v1h-2zM0 1h1v1h-1z",
    "M1 0h2v1h-2zM0 1h1v1h-1z",
    "M1 0h2v1h-2zM0 1h1v1h-1z",
    "M1 0h2v1h-2z",
    "M1 0h2v1h-2z",
  ]);
  // Opacity left over after shade k is 1 − k/5.
  const remaining = paths.map((path) => 1 - Number(path.getAttribute("fill-opacity")));
  expect(remaining.reduce((product, value) => product * value, 1)).toBe(0);
  expect(remaining.slice(0, 3).reduce((product, value) => product * value, 1)).toBeCloseTo(2 / 5, 12);
});

test("digit() of an empty image has no shapes", () => {
  expect(digit([0, 0, 0, 0], { columns: 2, size: 30 }, light).children).toHaveLength(0);
});
