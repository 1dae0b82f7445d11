import { describe, expect, it } from "vitest";
import { ShapeError } from "./errors.js";
import { toBatch } from "./rows.js";

const read = (value: unknown) => toBatch("predict", "x", value, [4]);

describe("toBatch()", () => {
  it("counts the rows", () => {
    expect(read({ data: new Float32Array(8), shape: [2, 4] }).rows).toBe(2);
  });

  it.each([
    [[[1, 2]], "Cannot predict: x has shape [1, 2], [batch, 4] is wanted"],
    [
      [1, 2, 3, 4],
      "Cannot predict: x has shape [4], [batch, 4] is wanted; put a single row into an array of its own",
    ],
    [[[[1, 2, 3, 4]]], "Cannot predict: x has shape [1, 1, 4], [batch, 4] is wanted"],
    [[], "Cannot predict: x has shape [0], an empty batch; [batch, 4] with at least one row is wanted"],
    [
      { data: new Float32Array(0), shape: [0, 4] },
      "Cannot predict: x has shape [0, 4], an empty batch; [batch, 4] with at least one row is wanted",
    ],
    [{ data: [1], shape: [] }, "Cannot predict: x has shape [], [batch, 4] is wanted"],
  ])("throws ShapeError for %o", (value, message) => {
    expect(() => read(value)).toThrow(new ShapeError(message));
  });
});
