import { expect, it } from "vitest";
import { nearestNames } from "./nearest.js";

it("nearestNames() finds slips of the keyboard, nearest first", () => {
  expect(nearestNames("sample", ["seed", "samples", "signal"])).toEqual(["samples"]);
  expect(nearestNames("dense_3", ["dense_1", "dense_13", "dropout_3"])[0]).toBe("dense_1");
  expect(nearestNames("H1", ["h1"])).toEqual(["h1"]);
});

it("nearestNames() finds the same word with other numbers", () => {
  expect(nearestNames("h2", ["dropout_1", "h1", "out", "H30"])).toEqual(["h1", "H30"]);
  expect(nearestNames("2", ["1", "h1"])).toEqual([]);
});

it("nearestNames() finds nothing where nothing is near", () => {
  expect(nearestNames("zzz", ["samples", "seed"])).toEqual([]);
  expect(nearestNames("rate", ["name", "scaling"])).toEqual([]);
  expect(nearestNames("x".repeat(1e6), ["x".repeat(200)])).toEqual([]);
});
