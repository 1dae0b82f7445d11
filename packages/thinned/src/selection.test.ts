import { describe, expect, it } from "vitest";
import { arrange } from "./arrange.js";
import { concat } from "./concat.js";
import { dense } from "./dense.js";
import { dropout } from "./dropout.js";
import { input } from "./input.js";
import { bySelection, earlierLayers, selectLayers, selectUnit } from "./selection.js";

const x = input([4]);
const hidden = dense(5, { name: "hidden" }).apply(dropout(0.5).apply(x));
const architecture = arrange("make a model", x, dense(2).apply(dropout(0.5).apply(hidden)), 1);
const select = (layer: unknown) => selectLayers("run exact()", architecture, layer);
const names = (layer: unknown) => select(layer).layers.map(({ name }) => name);

describe("selectLayers()", () => {
  it("takes the output by default", () => {
    expect(select(undefined)).toEqual({ layers: [{ name: "dense_1", node: 4, shape: [2] }], several: false });
  });

  it("takes an index, a name, a list, or every layer with an activation", () => {
    expect(names(1)).toEqual(["hidden"]);
    expect(names("hidden")).toEqual(["hidden"]);
    expect(names(["dense_1", 0, 3])).toEqual(["dense_1", "dropout_1"]);
    expect(names("all")).toEqual(["hidden", "dense_1"]);
  });

  it("throws RangeError with the nearest names", () => {
    expect(() => select("hiden")).toThrow(
      new RangeError('Cannot run exact(): there is no layer "hiden"; did you mean "hidden"?'),
    );
    expect(() => select("q")).toThrow(/there are "dropout_1", "hidden", "dropout_2", "dense_1"$/);
  });

  it.each([4, -1, 0.5])("throws RangeError for the index %d", (index) => {
    expect(() => select(index)).toThrow(RangeError);
    expect(() => select([index])).toThrow(/layer\[0\]/);
  });

  it("throws RangeError for an empty list and TypeError for something else", () => {
    expect(() => select([])).toThrow(RangeError);
    expect(() => select(null)).toThrow(TypeError);
  });
});

describe("earlierLayers()", () => {
  it("gives the layers with an activation that a layer follows from", () => {
    const of = (name: string) => earlierLayers(architecture, name).map(({ name }) => name);
    expect(of("dense_1")).toEqual(["hidden"]);
    expect(of("dropout_2")).toEqual(["hidden"]);
    expect(of("hidden")).toEqual([]);
  });

  it("leaves out what is beside it", () => {
    const [left, right] = ["left", "right"].map((name) => dense(2, { name }).apply(x));
    const both = concat({ name: "both" }).apply([left, right] as never);
    const top = dense(1, { name: "top" }).apply(right as never);
    const forked = arrange("make a model", x, concat().apply([both, top]), 1);
    expect(earlierLayers(forked, "top").map(({ name }) => name)).toEqual(["right"]);
    expect(earlierLayers(forked, "both").map(({ name }) => name)).toEqual(["left", "right"]);
  });
});

describe("selectUnit()", () => {
  it("wants a unit that every selected layer has", () => {
    expect(selectUnit("run exact()", select("hidden"), 4)).toBe(4);
    expect(() => selectUnit("run exact()", select("all"), 4)).toThrow(/unit \(of layer "dense_1"\) is 4/);
  });
});

describe("bySelection()", () => {
  it("gives one result, or a record by name", () => {
    expect(bySelection(select("hidden"), ["a"])).toBe("a");
    expect(bySelection(select(["hidden"]), ["a"])).toEqual({ hidden: "a" });
  });
});
