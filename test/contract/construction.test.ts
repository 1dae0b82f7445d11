import { add, concat, dense, dropout, graph, input, ShapeError, sequential } from "thinned";
import { describe, expect, test } from "vitest";
import { expectError } from "./expectError.ts";
import { newModel, x } from "./model.ts";

describe("sequential() and graph()", () => {
  test.each([-1, 0.5, 2 ** 53, Number.NaN])("throw RangeError when the seed is %d", async (seed) => {
    await expectError(
      () => sequential([dense(1)], { inputShape: [2], seed }),
      RangeError,
      "seed",
      String(seed),
    );
    const tensor = input([2]);
    const build = () => graph({ inputs: tensor, outputs: dense(1).apply(tensor), seed });
    await expectError(build, RangeError, "seed", String(seed));
  });

  test.each([[[0]], [[-2]], [[1.5]], [[Number.NaN]], [[]]])(
    "throw RangeError when the input shape is %j",
    async (inputShape) => {
      await expectError(() => sequential([dense(1)], { inputShape, seed: 1 }), RangeError);
      await expectError(() => input(inputShape), RangeError);
    },
  );

  test("print what the input shape is", async () => {
    await expectError(() => input(["2"] as never), ShapeError, 'shape is ["2"]');
    await expectError(() => input([[[2]]] as never), ShapeError, "shape is [an array of 1]");
  });

  test("refuse a layer that is called as the input is", async () => {
    await expectError(() => dense(1, { name: "input" }), RangeError, '"input"');
    await expectError(() => dense(1, { name: "all" }), RangeError, '"all"');
  });

  test("refuse a list of layers with holes", async () => {
    const layers = [dense(2)];
    layers[2] = dense(1);
    await expectError(() => sequential(layers, { inputShape: [2] }), TypeError, "layers[1] is undefined");
    const tensors = [input([2])];
    tensors[2] = input([2]);
    await expectError(() => add().apply(tensors), TypeError);
  });

  test("take a negative lambda, whose unit falls where the plain one rises", () => {
    const falling = dense(1, { activation: { type: "sigmoid", lambda: -1 } });
    const model = sequential([falling], { inputShape: [1], seed: 1 });
    model.setWeights([[[1]], [0]]);
    const [low = 0, high = 0] = model.predict([[-3], [3]]).data;
    expect(low).toBeCloseTo(1 / (1 + Math.exp(-3)), 6);
    expect(high).toBeCloseTo(1 / (1 + Math.exp(3)), 6);
    model.dispose();
  });

  test("throw RangeError when all gates together are too many to draw", async () => {
    const build = () =>
      sequential([dense(2 ** 13, { connectionRate: 0.5, useBias: false })], {
        inputShape: [2 ** 13 + 1],
        seed: 1,
      });
    await expectError(build, RangeError, "67117056 gates", "67108864");
  });

  test("throw ShapeError when add() joins tensors of different widths", async () => {
    const [a, b] = [input([3]), input([4])];
    await expectError(() => add().apply([a, b]), ShapeError, /\b3\b/, /\b4\b/);
  });

  test("throw RangeError when concat() or add() joins nothing", async () => {
    await expectError(() => concat().apply([]), RangeError);
    await expectError(() => add().apply([]), RangeError);
  });

  test("throw RangeError when there is no layer", async () => {
    await expectError(() => sequential([], { inputShape: [2], seed: 1 }), RangeError, "0 layers");
  });

  test("throw RangeError when two layers have one name", async () => {
    const build = () =>
      sequential([dense(2, { name: "a" }), dense(2, { name: "a" })], { inputShape: [2], seed: 1 });
    await expectError(build, RangeError, "a");
  });

  test("throw an error when the output does not come from the input", async () => {
    const [a, b] = [input([2]), input([2])];
    await expectError(() => graph({ inputs: a, outputs: dense(1).apply(b), seed: 1 }), RangeError);
  });

  test("throw ShapeError when a dense layer is applied again at another width", async () => {
    const layer = dense(2);
    const a = input([3]);
    const build = () => graph({ inputs: a, outputs: layer.apply(layer.apply(a)), seed: 1 });
    await expectError(build, ShapeError, /\b2\b/, /\b3\b/);
  });
});

describe("graph()", () => {
  test("takes a list of one input and one output, and refuses longer ones", async () => {
    const [a, b] = [input([2]), input([2])];
    const [first, second] = [dense(1).apply(a), dense(1).apply(a)];
    const model = graph({ inputs: [a], outputs: [first], seed: 1 });
    expect(model.predict([[1, 2]]).shape).toEqual([1, 1]);
    model.dispose();
    await expectError(
      () => graph({ inputs: [a, b], outputs: first, seed: 1 }),
      RangeError,
      "inputs",
      /\b2\b/,
    );
    await expectError(
      () => graph({ inputs: a, outputs: [first, second], seed: 1 }),
      RangeError,
      "outputs",
      /\b2\b/,
    );
  });
});

describe("a model", () => {
  test("lists its layers without the input, dropouts included, by default names", () => {
    const model = sequential([dropout(0.1), dense(2), dropout(0.1), dense(2)], { inputShape: [2], seed: 1 });
    expect(model.layers.map(({ name }) => name)).toEqual(["dropout_1", "dense_1", "dropout_2", "dense_2"]);
    model.dispose();
  });

  test("names a layer that is applied again after the first", () => {
    const gate = dropout(0.5);
    const layer = dense(3, { name: "shared" });
    const tensor = input([3]);
    const outputs = layer.apply(gate.apply(layer.apply(gate.apply(tensor))));
    const model = graph({ inputs: tensor, outputs, seed: 1 });
    expect(model.layers.map(({ name }) => name)).toEqual(["dropout_1", "shared", "dropout_1/2", "shared/2"]);
    expect(model.getWeights().map(({ shape }) => [...shape])).toEqual([[3, 3], [3]]);
    model.dispose();
  });

  test("sums itself up with its layers and the number of its parameters", () => {
    const model = newModel();
    const summary = String(model.summary());
    for (const name of ["h1", "dropout_1", "dense_1"]) expect(summary).toContain(name);
    expect(summary).toMatch(/\b43\b/);
    model.dispose();
  });
});

describe("predictMC() and exact() of several layers", () => {
  test("return a record by name for a list of layers", async () => {
    const model = newModel();
    const byName = await model.predictMC(x, { samples: 3, layer: ["h1", 3] });
    expect(Object.keys(byName)).toEqual(["h1", "dense_1"]);
    const exact = await model.exact(x, { layer: ["h1", 3] });
    expect(Object.entries(exact).map(([name, { mean }]) => [name, [...mean.shape]])).toEqual([
      ["h1", [2, 5]],
      ["dense_1", [2, 3]],
    ]);
    model.dispose();
  });

  test("give one column for one unit, equal to the layer's", async () => {
    const model = newModel();
    const whole = await model.exact(x, { layer: "h1" });
    const one = await model.exact(x, { layer: "h1", unit: 3 });
    expect([...one.mean.shape]).toEqual([2, 1]);
    expect([...one.mean.data]).toEqual([whole.mean.data[3], whole.mean.data[8]]);
    expect([...(one.nwgm?.data ?? [])]).toEqual([whole.nwgm?.data[3], whole.nwgm?.data[8]]);
    model.dispose();
  });
});
