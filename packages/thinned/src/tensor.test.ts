import { describe, expect, it } from "vitest";
import { ShapeError } from "./errors.js";
import { indexed, readInSlices, toOwnTensor, toTensor } from "./tensor.js";

const read = (value: unknown) => toTensor("predict", "x", value);

describe("toTensor()", () => {
  it("keeps float32 data without a copy", () => {
    const data = new Float32Array(4);
    const tensor = read({ data, shape: [2, 2] });
    expect(tensor.data).toBe(data);
    expect(tensor.shape).toEqual([2, 2]);
  });

  it("does not hand on the array of the caller's shape", () => {
    const shape = [2];
    expect(read({ data: new Float32Array(2), shape }).shape).not.toBe(shape);
  });

  it.each([
    Float64Array,
    Int8Array,
    Uint8Array,
    Uint8ClampedArray,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
  ])("converts %o to float32", (NumberArray) => {
    expect(read({ data: NumberArray.from([1, 2]), shape: [1, 2] })).toEqual({
      data: Float32Array.of(1, 2),
      shape: [1, 2],
    });
  });

  it("reads nested arrays in row-major order", () => {
    const nested = [
      [[1], [2]],
      [[3], [4]],
      [[5], [6]],
    ];
    expect(read(nested)).toEqual({ data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [3, 2, 1] });
  });

  it("reads rows that are typed arrays", () => {
    expect(read([Float64Array.of(1, 2), [3, 4]])).toEqual({
      data: Float32Array.of(1, 2, 3, 4),
      shape: [2, 2],
    });
  });

  it("gives a flat array one axis", () => {
    expect(read([1, 2, 3]).shape).toEqual([3]);
    expect(read(Uint8Array.of(1, 2)).shape).toEqual([2]);
  });

  it("rounds to float32", () => {
    expect(read([0.1]).data[0]).toBe(Math.fround(0.1));
  });

  it.each([
    [[[1, Number.NaN]], "Cannot predict: x[0, 1] is NaN; finite numbers are wanted"],
    [[[1], [Number.NEGATIVE_INFINITY]], "Cannot predict: x[1, 0] is -Infinity; finite numbers are wanted"],
    [[[1e39]], "Cannot predict: x[0, 0] is 1e+39, too large for float32; finite numbers are wanted"],
    [
      { data: Float32Array.of(0, 0, Number.NaN), shape: [3, 1] },
      "Cannot predict: x[2, 0] is NaN; finite numbers are wanted",
    ],
  ])("throws RangeError with the index in %o", (value, message) => {
    expect(() => read(value)).toThrow(new RangeError(message));
  });

  it.each([
    [
      [[1, 2], [3]],
      "Cannot predict: x[1] has 1 elements, its neighbours have 2; arrays of equal length are wanted",
    ],
    [[[1, 2], 3], "Cannot predict: x[1] is a number, by its first elements x has shape [2, 2]"],
    [[[1, [2]]], "Cannot predict: x[0, 1] is an array, by its first elements x has shape [1, 2]"],
    [
      { data: new Float32Array(3), shape: [2, 2] },
      "Cannot predict: x.data has 3 values, its shape [2, 2] wants 4",
    ],
    [{ data: [1], shape: [-1] }, "Cannot predict: x.shape is [-1], non-negative integers are wanted"],
    [{ data: [1], shape: [0.5, 2] }, "Cannot predict: x.shape is [0.5, 2], non-negative integers are wanted"],
  ])("throws ShapeError for %o", (value, message) => {
    expect(() => read(value)).toThrow(new ShapeError(message));
  });

  it("throws ShapeError for an array that contains itself", () => {
    const endless: unknown[] = [];
    endless.push(endless);
    expect(() => read(endless)).toThrow(new ShapeError("Cannot predict: x is nested deeper than 8 arrays"));
  });

  it.each([
    [undefined, "Cannot predict: x is undefined, a tensor ({ data, shape } or nested arrays) is wanted"],
    [3, "Cannot predict: x is 3, a tensor ({ data, shape } or nested arrays) is wanted"],
    [
      BigInt64Array.of(1n),
      "Cannot predict: x is an object (BigInt64Array), a tensor ({ data, shape } or nested arrays) is wanted",
    ],
    [[["1"]], 'Cannot predict: x[0, 0] is "1", a number is wanted'],
    [[[1, undefined]], "Cannot predict: x[0, 1] is undefined, a number is wanted"],
    [{ data: [1, null], shape: [2] }, "Cannot predict: x.data[1] is null, a number is wanted"],
    [
      { data: BigInt64Array.of(1n), shape: [1] },
      "Cannot predict: x.data is an object (BigInt64Array), a typed array of numbers is wanted",
    ],
    [{ data: [1] }, "Cannot predict: x.shape is undefined, an array of sizes is wanted"],
  ])("throws TypeError for %o", (value, message) => {
    expect(() => read(value)).toThrow(new TypeError(message));
  });

  it("tells how to pass a TensorFlow.js tensor", () => {
    expect(() => read({ data: async () => new Float32Array(1), shape: [1] })).toThrow(/t\.dataSync\(\)/);
  });
});

describe("readInSlices()", () => {
  const size = 300;
  const rows = Array.from({ length: size }, (_, i) =>
    Float64Array.from({ length: 500 }, (_v, j) => i + j / 7),
  );
  const flat = Float64Array.from({ length: size * 500 }, (_, i) => i / 7);
  /** Slices that are over at once; `work` is done between the first two. */
  const slices = (work: () => void = () => undefined) => {
    const seen = { over: true, turns: 0, next: async () => void (seen.turns++ === 0 && work()) };
    return seen;
  };

  it.each([
    ["rows that are typed arrays", rows],
    ["nested arrays", rows.map((row) => [...row])],
    ["a typed array with a shape", { data: flat, shape: [size, 500] }],
    ["an array with a shape", { data: [...flat], shape: [size, 500] }],
    ["a flat array", [...flat]],
  ])("reads %s as at once, in turns", async (_, value) => {
    const seen = slices();
    const tensor = await readInSlices("fit", "x", value, seen);
    const { data, shape } = toOwnTensor("fit", "x", value);
    expect(tensor).toEqual({ data, shape });
    expect(seen.turns).toBeGreaterThan(1);
    // A second time it is not even copied.
    expect(toOwnTensor("fit", "x", tensor)).toBe(tensor);
  });

  it("throws when the data go away in between", async () => {
    const data = Float32Array.from(flat);
    const away = slices(() => void structuredClone(data, { transfer: [data.buffer] }));
    await expect(readInSlices("fit", "x", { data, shape: [size, 500] }, away)).rejects.toThrow(/detached/);
    const nested = rows.map((row) => [...row]);
    const shorter = slices(() => void nested[size - 1]?.pop());
    await expect(readInSlices("fit", "x", nested, shorter)).rejects.toThrow(/x\[299\] has 499 elements/);
  });

  it("names the element that is no finite number", async () => {
    const wild = { data: Float32Array.from(flat).fill(Number.NaN, 149_999), shape: [size, 500] };
    await expect(readInSlices("fit", "x", wild, slices())).rejects.toThrow(/x\[299, 499\] is NaN/);
  });
});

describe("indexed()", () => {
  it("unravels a flat index", () => {
    expect(indexed("y", [2, 3, 4], 23)).toBe("y[1, 2, 3]");
    expect(indexed("y", [2, 3, 4], 0)).toBe("y[0, 0, 0]");
  });
});
