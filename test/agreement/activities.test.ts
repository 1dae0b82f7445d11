// predict(x, { layer }): the activities of the weight-scaled network that exact() calls deterministic.
import { dense, dropout, sequential } from "thinned";
import { expect, test } from "vitest";
import { expectError } from "../contract/expectError.ts";
import { normalRows } from "../oracle/values.ts";

const hidden = () => [
  dropout(0.2),
  dense(6, { activation: "sigmoid", name: "low" }),
  dropout(0.5, { name: "gates" }),
];
const model = sequential(
  [...hidden(), dense(4, { activation: "tanh", name: "high" }), dropout(0.3), dense(2, { name: "output" })],
  { inputShape: [5], seed: 3 },
);
const x = normalRows(4, 300, 5).map((row) => [...row]);

test("they are those of exact()", async () => {
  const rows = x.slice(0, 3);
  const activities = model.predict(rows, { layer: "all" });
  const exact = await model.exact(rows, { layer: "all" });
  expect(Object.keys(activities)).toEqual(["low", "high", "output"]);
  for (const [name, { data, shape }] of Object.entries(activities)) {
    expect(shape).toEqual(exact[name]?.deterministic.shape);
    for (const [index, value] of data.entries()) {
      expect(value).toBeCloseTo(exact[name]?.deterministic.data[index] ?? Number.NaN, 5);
    }
  }
});

test("they are the outputs of a network that ends there", () => {
  const trunk = sequential(hidden().slice(0, 2), { inputShape: [5] });
  trunk.setWeights(model.getWeights().slice(0, 2));
  const wanted = trunk.predict(x);
  expect(model.predict(x, { layer: "low" })).toEqual(wanted);
  expect(model.predict(x, { layer: 1 })).toEqual(wanted);
  expect(model.predict(x, { layer: "gates" }), "before the gates").toEqual(wanted);
  expect(model.predict(x, { layer: ["output", "low"] })).toEqual({ output: model.predict(x), low: wanted });
});

test("a layer that there is not is refused", async () => {
  await expectError(() => model.predict(x, { layer: "hihg" }), RangeError, "hihg", "high");
  await expectError(() => model.predict(x, { layer: 17 }), RangeError, "17");
  await expectError(() => model.predict(x, { layers: "all" } as never), TypeError, "layers");
});
