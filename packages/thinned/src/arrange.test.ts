import { describe, expect, it } from "vitest";
import { add } from "./add.js";
import { parametersOf } from "./architecture.js";
import { arrange } from "./arrange.js";
import { concat } from "./concat.js";
import { dense } from "./dense.js";
import { dropout } from "./dropout.js";
import { ShapeError } from "./errors.js";
import { input } from "./input.js";
import type { SymbolicTensor } from "./symbolic.js";

const arranged = (x: SymbolicTensor, y: SymbolicTensor) => arrange("make a graph model", x, y, 1);
const names = (x: SymbolicTensor, y: SymbolicTensor) => arranged(x, y).nodes.map((node) => node.name);

describe("a symbolic tensor", () => {
  it("cannot be connected otherwise afterwards", () => {
    const x = input([4]);
    const given = [x, x];
    const sum = add().apply(given);
    given.pop();
    expect(sum.sources).toEqual([x, x]);
    expect(() => (sum.sources as SymbolicTensor[]).push(sum)).toThrow(TypeError);
  });
});

describe("arrange()", () => {
  it("numbers by depth-first post-order from the output, not by the order of making", () => {
    const x = input([4]);
    const late = dense(3, { name: "late" }).apply(x);
    const early = dense(2, { name: "early" }).apply(x);
    const { nodes } = arranged(x, concat().apply([early, late, x]));
    expect(nodes.map(({ name, sources, shape }) => ({ name, sources, shape }))).toEqual([
      { name: "early", sources: [0], shape: [2] },
      { name: "late", sources: [0], shape: [3] },
      { name: "concat_1", sources: [1, 2, 0], shape: [9] },
    ]);
  });

  it("counts default names per kind, passing over explicit ones", () => {
    const x = input([4]);
    const a = dense(4).apply(dropout(0.1).apply(x));
    const b = dense(4, { name: "dense_2" }).apply(a);
    expect(names(x, dense(4).apply(dropout(0.1).apply(b)))).toEqual([
      "dropout_1",
      "dense_1",
      "dense_2",
      "dropout_2",
      "dense_3",
    ]);
  });

  it("shares the weights of a layer that is applied again, and gives a dropout another site", () => {
    const x = input([4]);
    const layer = dense(4, { name: "h" });
    const gate = dropout(0.5);
    const once = gate.apply(layer.apply(x));
    const architecture = arranged(x, gate.apply(layer.apply(once)));
    expect(architecture.nodes.map(({ name, sharedWith }) => [name, sharedWith])).toEqual([
      ["h", undefined],
      ["dropout_1", undefined],
      ["h/2", 1],
      ["dropout_1/2", undefined],
    ]);
    expect(parametersOf(architecture)).toEqual([
      { layer: "h", part: "kernel", shape: [4, 4] },
      { layer: "h", part: "bias", shape: [4] },
    ]);
  });

  it("visits a tensor once however often it is read", () => {
    const x = input([1]);
    let y = x;
    for (let depth = 0; depth < 60; depth++) y = add().apply([y, y]);
    expect(arranged(x, y).nodes).toHaveLength(60);
  });

  it("arranges a chain that is deeper than the call stack of the host", () => {
    const x = input([1]);
    let y = x;
    for (let depth = 0; depth < 10_000; depth++) y = dropout(0.5).apply(y);
    expect(arranged(x, y).nodes).toHaveLength(10_000);
    expect(() => arranged(x, dropout(0.5).apply(y))).toThrow(RangeError);
  });

  it("throws ShapeError when a shared layer is given another width", () => {
    const [x, layer] = [input([4]), dense(3, { name: "h" })];
    expect(() => arranged(x, layer.apply(layer.apply(x)))).toThrow(
      new ShapeError(
        'Cannot make a graph model: layer "h/2" shares the weights of "h", which read [batch, 4]; here it is given [batch, 3]',
      ),
    );
  });

  it("throws RangeError when two layers share a name", () => {
    const x = input([4]);
    const y = dense(2, { name: "h" }).apply(dense(3, { name: "h" }).apply(x));
    expect(() => arranged(x, y)).toThrow(
      new RangeError('Cannot make a graph model: two layers are named "h", names of their own are wanted'),
    );
  });

  it("throws RangeError when the output depends on another input, or on none", () => {
    const [x, other] = [input([4]), input([3])];
    expect(() => arranged(x, concat().apply([x, other]))).toThrow(/depends on an input of shape \[3\]/);
    expect(() => arranged(x, dense(1).apply(other))).toThrow(RangeError);
    expect(() => arranged(x, x)).toThrow(/it has 0 layers/);
  });

  it("throws RangeError when the weights could not be allocated", () => {
    const x = input([2 ** 24]);
    expect(() => arranged(x, dense(2 ** 24).apply(x))).toThrow(/weights in all/);
  });
});

describe("apply()", () => {
  it("throws ShapeError when rates and units differ in number", () => {
    expect(() => dropout([0.1, 0.2], { name: "d" }).apply(input([3]))).toThrow(
      new ShapeError(
        'Cannot apply the dropout layer "d": it has 2 rates, its input is [batch, 3]; one rate, or one per unit, is wanted',
      ),
    );
  });

  it("throws ShapeError when add() is given different shapes", () => {
    expect(() => add().apply([input([3]), input([4])])).toThrow(
      new ShapeError(
        "Cannot apply the add layer: its inputs have [batch, 3], [batch, 4]; equal shapes are wanted",
      ),
    );
  });

  it("throws RangeError when a merging layer is given one source", () => {
    expect(() => concat().apply([input([3])])).toThrow(RangeError);
  });

  it("throws TypeError for something that is no tensor", () => {
    expect(() => dense(1).apply([1, 2] as never)).toThrow(TypeError);
    expect(() => concat().apply([[1], [2]] as never)).toThrow(TypeError);
  });
});
