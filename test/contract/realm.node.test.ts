// Data of another realm, such as a test environment's or a frame's: their classes are not those of this one.
import { runInNewContext } from "node:vm";
import { load } from "thinned";
import { expect, test } from "vitest";
import { newModel, x } from "./model.ts";

const model = newModel();
const foreign = (code: string): unknown => runInNewContext(code, { bytes: Array.from(model.save()) });

test("the control: a typed array of another realm is no instance of a class of this one", () => {
  expect(foreign("new Float32Array(2)")).not.toBeInstanceOf(Float32Array);
});

test.each([
  "new Uint8Array(bytes)",
  "new Uint8Array(bytes).buffer",
  "new Uint8Array([7, ...bytes]).subarray(1)",
])("load() reads %s of another realm", (code) => {
  const copy = load(foreign(code) as Uint8Array);
  expect(copy.predict(x)).toEqual(model.predict(x));
  copy.dispose();
});

test.each(["Float32Array", "Float64Array", "Array"])("predict() reads an %s of another realm", (name) => {
  const data = foreign(`${name}.from([0.5, 1, 2, 4])`) as Float32Array;
  const wanted = model.predict([[0.5, 1, 2, 4]]);
  expect(model.predict({ data, shape: [1, 4] })).toEqual(wanted);
  expect(model.predict([data])).toEqual(wanted);
});

test("predict() refuses what only calls itself a typed array", () => {
  const impostor = { [Symbol.toStringTag]: "Float32Array", length: 4 };
  expect(() => model.predict(impostor as never)).toThrow(TypeError);
  expect(() => load({ [Symbol.toStringTag]: "Uint8Array" } as never)).toThrow(TypeError);
});
