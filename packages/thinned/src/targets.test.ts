import { describe, expect, it } from "vitest";
import { ShapeError } from "./errors.js";
import type { LossName } from "./loss.js";
import { toTargets } from "./targets.js";

const read = (value: unknown, loss: LossName, outputs = 3) =>
  toTargets("fit", "y", value, { name: loss, delta: 1 }, 2, [outputs]);

describe("toTargets()", () => {
  it.each([[[0, 2]], [[[0], [2]]], [Uint8Array.of(0, 2)], [{ data: Float32Array.of(0, 2), shape: [2, 1] }]])(
    "reads labels of classes from %o",
    (labels) => {
      expect(read(labels, "sparseCategoricalCrossentropy")).toEqual({
        data: Float32Array.of(0, 2),
        width: 1,
      });
    },
  );

  it("reads one output per row from a flat list", () => {
    expect(read([0.5, 2], "meanSquaredError", 1)).toEqual({ data: Float32Array.of(0.5, 2), width: 1 });
  });

  it.each<[unknown, LossName, number, string]>([
    [
      [0, 3],
      "sparseCategoricalCrossentropy",
      3,
      'Cannot fit: y[1] is 3, an integer in [0, 3), the number of a class, is wanted for loss "sparseCategoricalCrossentropy"',
    ],
    [
      [[0.5], [1]],
      "sparseCategoricalCrossentropy",
      3,
      'Cannot fit: y[0, 0] is 0.5, an integer in [0, 3), the number of a class, is wanted for loss "sparseCategoricalCrossentropy"',
    ],
    [
      [0, -1],
      "binaryCrossentropy",
      1,
      'Cannot fit: y[1] is -1, a probability in [0, 1] is wanted for loss "binaryCrossentropy"',
    ],
  ])("throws RangeError with the index for %o as %s", (value, loss, outputs, message) => {
    expect(() => read(value, loss, outputs)).toThrow(new RangeError(message));
  });

  it.each<[unknown, LossName, number, string]>([
    [
      [0, 1, 2],
      "sparseCategoricalCrossentropy",
      3,
      'Cannot fit: y has shape [3], [2] or [2, 1] is wanted for loss "sparseCategoricalCrossentropy"',
    ],
    [
      [0, 1],
      "meanSquaredError",
      3,
      'Cannot fit: y has shape [2], [2, 3] is wanted for loss "meanSquaredError"',
    ],
  ])("throws ShapeError for %o as %s", (value, loss, outputs, message) => {
    expect(() => read(value, loss, outputs)).toThrow(new ShapeError(message));
  });
});
